import PlanCore

/// The figures for people.
enum FigureTable {
    static func text(_ figures: [Figure]) -> String {
        var lines: [String] = []
        var group = ""
        let width = figures.map(\.name.count).max() ?? 0
        for figure in figures {
            if figure.group != group {
                group = figure.group
                lines += ["", group]
            }
            let goal = figure.goal.map { "  goal \($0.text): \($0.isMet ? "met" : "MISSED")" } ?? ""
            lines.append(
                "  \(padded(figure.name, width))  \(left(number(figure.value), 9)) \(figure.unit)"
                    + "  = \(number(figure.ratio.median)) "
                    + "(\(number(figure.ratio.least))…\(number(figure.ratio.most))) of "
                    + "\(number(figure.baseline)), \(figure.baselineName)\(goal)")
            let cores = figure.cores.map { "\(number($0)) cores busy here; " } ?? ""
            lines.append("  \(padded("", width))  \(cores)\(figure.bound)")
        }
        return lines.joined(separator: "\n")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func left(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func number(_ value: Double) -> String {
        let rounded = Figure.rounded(value)
        guard abs(rounded) >= 100, rounded < 1e15 else { return "\(rounded)" }
        var digits = String(Int64(rounded))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }
}
