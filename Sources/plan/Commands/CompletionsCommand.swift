import PlanCore

enum CompletionsCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let what = arguments.operands[0]
        if what == "steps", arguments.operands.count == 2 {
            for step in try PlanFile.load(arguments.operands[1]).plan.steps {
                Terminal.print(step.name)
            }
            return .done
        }
        let shells = CompletionScripts(specs: Commands.all.map(\.spec))
        guard let script = shells.script(for: what), arguments.operands.count == 1 else {
            throw Arguments.Misuse(
                message: "no completions for '\(what)'",
                hint: "one of \(CompletionScripts.shells.joined(separator: ", "))")
        }
        Terminal.print(script)
        return .done
    }
}

/// Commands, their options, an option's words, the steps of the plan that is named, plan files.
struct CompletionScripts {
    static let shells = ["bash", "zsh", "fish"]

    /// What may stand after an option, or at the end of a command.
    private enum Values {
        case words([String])
        case steps
        case any
    }

    let specs: [CommandSpec]

    func script(for shell: String) -> String? {
        switch shell {
        case "bash": bash
        case "zsh": zsh
        case "fish": fish
        default: nil
        }
    }

    private func values(_ option: CommandSpec.Option) -> Values? {
        guard let value = option.value else { return nil }
        if value.contains("|") { return .words(value.split(separator: "|").map(String.init)) }
        return ["until", "to", "yes"].contains(option.name) ? .steps : .any
    }

    private func options(_ spec: CommandSpec) -> [CommandSpec.Option] {
        spec.options + [.init("help", "print its options")]
    }

    /// In single quotes, as bash and zsh read them.
    private func quoted(_ text: String) -> String {
        "'\(text.replacing("'", with: "'\\''"))'"
    }

    /// `NAME --OPTION) WORDS ;;` for each option that takes a value.
    private func cases(_ words: (Values) -> String) -> String {
        var lines: [String] = []
        for spec in specs {
            for option in spec.options {
                guard let values = values(option) else { continue }
                lines.append("        '\(spec.name) --\(option.name)') \(words(values)) ;;")
            }
        }
        return lines.joined(separator: "\n")
    }

    private var bash: String {
        let values = cases { values in
            switch values {
            case .words(let words): "_plan_words '\(words.joined(separator: "\n"))'; return"
            case .steps: "_plan_words \"$(_plan_steps)\"; return"
            case .any: "return"
            }
        }
        let options = specs.map { spec in
            let names = self.options(spec).map { "--\($0.name)" }.joined(separator: "\n")
            return "            \(spec.name)) _plan_words '\(names)' ;;"
        }.joined(separator: "\n")
        return """
            _plan_words() { mapfile -t COMPREPLY < <(IFS=$'\\n' compgen -W "$1" -- "$current"); }
            _plan_steps() {
                local word
                for word in "${COMP_WORDS[@]:2}"; do
                    [[ $word == *.y*ml ]] && plan completions steps "$word" 2>/dev/null && return
                done
            }
            _plan() {
                local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
                COMPREPLY=()
                # bash takes '=' for a word of its own
                if [[ $current == '=' ]]; then current=''
                elif [[ $before == '=' ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi
                if (( COMP_CWORD == 1 )); then
                    _plan_words '\(specs.map(\.name).joined(separator: "\n"))'; return
                fi
                case "${COMP_WORDS[1]} $before" in
            \(values)
                    'completions completions') _plan_words $'bash\\nzsh\\nfish'; return ;;
                    approve\\ *.y*ml) _plan_words "$(_plan_steps)"; return ;;
                esac
                if [[ $current == -* ]]; then
                    case ${COMP_WORDS[1]} in
            \(options)
                    esac
                    return
                fi
                compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -f -X '!*.y*ml' -- "$current"; compgen -d -- "$current")
            }
            complete -F _plan plan
            """
    }

    private var zsh: String {
        func described(_ name: String, _ help: String) -> String {
            quoted("\(name):\(help.replacing(":", with: "\\:"))")
        }
        let values = cases { values in
            switch values {
            case .words(let words): "compadd -- \(words.joined(separator: " ")); return"
            case .steps: "_plan_steps; return"
            case .any: "return"
            }
        }
        let commands = specs.map { "        " + described($0.name, $0.summary) }
        let options = specs.map { spec in
            let each = self.options(spec).map { described("--\($0.name)", $0.help) }
            return "        \(spec.name)) options=(\(each.joined(separator: " "))) ;;"
        }
        return """
            #compdef plan
            _plan_steps() {
                local file=${${(M)words:#*.y*ml}[1]}
                [[ -n $file ]] && compadd -- ${(f)"$(plan completions steps $file 2>/dev/null)"}
            }
            _plan() {
                local -a commands options
                commands=(
            \(commands.joined(separator: "\n"))
                )
                if (( CURRENT == 2 )); then _describe -t commands command commands; return; fi
                case "${words[2]} ${words[CURRENT-1]}" in
            \(values)
                    'completions completions') compadd -- bash zsh fish; return ;;
                    approve\\ *.y*ml) _plan_steps; return ;;
                esac
                case ${words[2]} in
            \(options.joined(separator: "\n"))
                esac
                if [[ $PREFIX == -* ]]; then _describe -t options option options; return; fi
                _files -g '*.(yaml|yml)'
            }
            compdef _plan plan
            """
    }

    private var fish: String {
        func quoted(_ text: String) -> String {
            "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
        }
        var lines = [
            "function __plan_steps",
            "    for word in (commandline -opc)",
            "        string match -q '*.y*ml' -- $word",
            "        and plan completions steps $word 2>/dev/null",
            "    end",
            "end",
            "complete -c plan -f",
            "complete -c plan -n 'not __fish_use_subcommand; "
                + "and not __fish_seen_subcommand_from completions' "
                + "-a '(__fish_complete_suffix .yaml)'",
            "complete -c plan -n '__fish_seen_subcommand_from completions' -a 'bash zsh fish'",
            "complete -c plan -n '__fish_seen_subcommand_from approve' -a '(__plan_steps)'",
        ]
        for spec in specs {
            lines.append(
                "complete -c plan -n __fish_use_subcommand -a \(spec.name) "
                    + "-d \(quoted(spec.summary))")
            for option in options(spec) {
                var line = "complete -c plan -n '__fish_seen_subcommand_from \(spec.name)' "
                line += "-l \(option.name) -d \(quoted(option.help))"
                switch values(option) {
                case nil: break
                case .words(let words)?: line += " -x -a '\(words.joined(separator: " "))'"
                case .steps?: line += " -x -a '(__plan_steps)'"
                case .any?: line += " -x"
                }
                lines.append(line)
            }
        }
        return lines.joined(separator: "\n")
    }
}
