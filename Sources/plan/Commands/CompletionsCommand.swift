import PlanCore

enum CompletionsCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let names = Commands.all.map(\.spec.name).joined(separator: " ")
        switch arguments.operands[0] {
        case "bash":
            let cases = Commands.all.map { command in
                let words = command.spec.options.map { "--\($0.name)" }.joined(separator: " ")
                return "        \(command.spec.name)) words='\(words) --help' ;;"
            }.joined(separator: "\n")
            Terminal.print(
                """
                _plan() {
                    local current=${COMP_WORDS[COMP_CWORD]} words
                    if [ "$COMP_CWORD" -eq 1 ]; then
                        COMPREPLY=($(compgen -W '\(names)' -- "$current")); return
                    fi
                    case ${COMP_WORDS[1]} in
                \(cases)
                    esac
                    if [[ $current == -* ]]; then COMPREPLY=($(compgen -W "$words" -- "$current"))
                    else COMPREPLY=($(compgen -f -X '!*.y*ml' -- "$current") $(compgen -d -- "$current")); fi
                }
                complete -o filenames -F _plan plan
                """)
        case "zsh":
            let lines = Commands.all.map { "    '\($0.spec.name):\($0.spec.summary)'" }
            Terminal.print(
                """
                #compdef plan
                _plan() {
                  local -a commands=(
                \(lines.joined(separator: "\n"))
                  )
                  if (( CURRENT == 2 )); then _describe command commands
                  else _files -g '*.y(a|)ml'; fi
                }
                compdef _plan plan
                """)
        case "fish":
            for command in Commands.all {
                Terminal.print(
                    "complete -c plan -n __fish_use_subcommand -a \(command.spec.name) "
                        + "-d '\(command.spec.summary)'")
                for option in command.spec.options {
                    Terminal.print(
                        "complete -c plan -n '__fish_seen_subcommand_from \(command.spec.name)' "
                            + "-l \(option.name) -d '\(option.help)'")
                }
            }
        default:
            throw Arguments.Misuse(
                message: "no completions for '\(arguments.operands[0])'",
                hint: "one of bash, zsh, fish")
        }
        return .done
    }
}
