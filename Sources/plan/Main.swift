import Glibc
import PlanCore
import PlanReport
import Processes

/// `plan`: move a live vector collection from one store to another.
@main
enum Main {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        let words = Array(CommandLine.arguments.dropFirst())
        ProgramEnd.now(await run(words).rawValue)
    }

    private static func run(_ words: [String]) async -> ExitCode {
        guard let name = words.first, !["--help", "-h", "help"].contains(name) else {
            Terminal.print(overview)
            return words.isEmpty ? .usage : .done
        }
        if name == "--version" {
            Terminal.print("plan 0.1.0")
            return .done
        }
        guard let command = Commands.all.first(where: { $0.spec.name == name }) else {
            Terminal.complain("error: unknown command '\(name)'")
            let names = Commands.all.map(\.spec.name)
            Terminal.complain("hint: \(Suggestion.hint(for: name, among: names))")
            return .usage
        }
        if words.contains("--help") || words.contains("-h") {
            Terminal.print(command.spec.usage())
            return .done
        }
        do {
            return try await command.run(try Arguments(Array(words.dropFirst()), command.spec))
        } catch {
            return Failure.report(error)
        }
    }

    private static var overview: String {
        let width = Commands.all.map(\.spec.name.count).max() ?? 0
        let lines = Commands.all.map { command in
            let pad = String(repeating: " ", count: width - command.spec.name.count)
            return "  \(command.spec.name)\(pad)  \(command.spec.summary)"
        }
        return """
            plan: move a live vector collection from one store to another, while it is searched and
            written. A migration is a reviewed file; this carries it out.

            \(lines.joined(separator: "\n"))

            'plan COMMAND --help' says more. First: plan validate FILE, then plan apply FILE.
            """
    }
}
