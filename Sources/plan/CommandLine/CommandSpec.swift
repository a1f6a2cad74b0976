/// A subcommand as its help, its parsing and its completions know it.
struct CommandSpec: Sendable {
    struct Option: Sendable {
        var name: String
        /// What stands after `=`; nil for a switch.
        var value: String?
        var help: String
        var repeats = false

        init(_ name: String, value: String? = nil, _ help: String, repeats: Bool = false) {
            self.name = name
            self.value = value
            self.help = help
            self.repeats = repeats
        }
    }

    var name: String
    /// `FILE`, `FILE NAME`, `FILE…`, `[FILE]`.
    var operands: String
    var summary: String
    var details: String
    var options: [Option]
    var operandCount: ClosedRange<Int>

    static let format = Option("format", value: "text|json", "how to print")

    func usage() -> String {
        var lines = ["usage: plan \(name) \(operands)\(options.isEmpty ? "" : " [options]")", ""]
        lines += [summary + ".", ""]
        if !details.isEmpty { lines += [details, ""] }
        let all = options + [Option("help", "print this")]
        let width = all.map { label($0).count }.max() ?? 0
        for option in all {
            let label = label(option)
            lines.append(
                "  \(label)\(String(repeating: " ", count: width - label.count))  \(option.help)")
        }
        return lines.joined(separator: "\n")
    }

    private func label(_ option: Option) -> String {
        "--\(option.name)" + (option.value.map { "=\($0)" } ?? "")
    }
}
