import Foundation
import Testing

extension BlackBox {
    /// Completions, as the shells themselves read them.
    @Suite(.serialized)
    struct CompletionTests {
        private static func isInstalled(_ shell: String) -> Bool {
            ["/bin/", "/usr/bin/"].contains {
                FileManager.default.isExecutableFile(atPath: $0 + shell)
            }
        }

        private func sandbox() throws -> Sandbox {
            let sandbox = try Sandbox()
            try sandbox.write(PlanText().text(port: 7_001, admin: 7_002), to: "plan.yaml")
            try sandbox.write("", to: "a plan.yml")
            try sandbox.write("", to: "notes.txt")
            return sandbox
        }

        @Test func `bash completes commands, options, their words, steps and plan files`()
            async throws
        {
            let sandbox = try sandbox()
            defer { sandbox.end() }
            let script = """
                source <(plan completions bash)
                try() {
                    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _plan
                    (IFS='|'; echo "${COMPREPLY[*]}")
                }
                try plan ap
                try plan apply --un
                try plan status plan.yaml --format ''
                try plan status plan.yaml --format = j
                try plan apply plan.yaml --until b
                try plan approve plan.yaml so
                try plan completions ''
                try plan apply '' | tr '|' '\\n' | sort
                """
            let result = try await sandbox.run("/usr/bin/env", "bash", "-c", script)
            #expect(result.errors.isEmpty, "\(result.errors)")
            #expect(
                result.output.split(separator: "\n").map(String.init) == [
                    "apply|approve", "--until", "text|json", "json", "backfill", "soak",
                    "bash|zsh|fish", "a plan.yml", "plan.yaml",
                ])
        }

        @Test(.enabled(if: isInstalled("fish"), "fish is not installed"))
        func `fish completes the same`() async throws {
            let sandbox = try sandbox()
            defer { sandbox.end() }
            let script = """
                plan completions fish | source
                complete -C 'plan ap' | string split -f1 \\t
                complete -C 'plan apply --un' | string split -f1 \\t
                complete -C 'plan status plan.yaml --format ' | string split -f1 \\t
                complete -C 'plan apply plan.yaml --until b' | string split -f1 \\t
                complete -C 'plan completions '
                """
            let result = try await sandbox.run("/usr/bin/env", "fish", "-c", script)
            #expect(result.errors.isEmpty, "\(result.errors)")
            let lines = Set(result.output.split(separator: "\n").map(String.init))
            let wanted: Set = ["apply", "approve", "--until", "text", "json", "backfill", "zsh"]
            #expect(lines.isSuperset(of: wanted), "\(lines)")
        }

        @Test(.enabled(if: isInstalled("zsh"), "zsh is not installed"))
        func `zsh reads them`() async throws {
            let sandbox = try sandbox()
            defer { sandbox.end() }
            let script = """
                autoload -U compinit; compinit -D -u
                source <(plan completions zsh)
                (( $+functions[_plan] )) && print ${_comps[plan]}
                """
            let result = try await sandbox.run("/usr/bin/env", "zsh", "-f", "-c", script)
            #expect(result.output == "_plan\n", "\(result.errors)")
            #expect(result.errors.isEmpty, "\(result.errors)")
        }
    }
}
