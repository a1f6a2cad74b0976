import PlanCore
import PlanReport
import PlanSyntax

enum ValidateCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let word = try arguments.choice("format", of: DiagnosticFormat.allCases.map(\.rawValue))
        let format = DiagnosticFormat(rawValue: word ?? "text") ?? .text
        var all: [Diagnostic] = []
        var carried: [[PairFidelity.Line]] = []
        for path in arguments.operands {
            let result = PlanParser.parse(bytes: try PlanFile.bytes(path), file: path)
            all += result.diagnostics
            if arguments.has("connect"), result.plan != nil,
                !result.diagnostics.contains(where: { $0.severity == .error })
            {
                let found = await ConnectCheck.run(path)
                all += found.problems
                carried.append(found.carried)
            }
        }
        let text = format.render(all)
        if !text.isEmpty { Terminal.print(text.hasSuffix("\n") ? String(text.dropLast()) : text) }
        if format == .text { for lines in carried { show(lines) } }
        let errors = all.count { $0.severity == .error }
        guard errors == 0 else { return .usage }
        if format == .text {
            let plans = arguments.operands.count
            Terminal.print(
                plans == 1 ? "\(arguments.operands[0]) is valid" : "\(plans) plans are valid")
        }
        return .done
    }

    private static func show(_ lines: [PairFidelity.Line]) {
        guard !lines.isEmpty else { return }
        Terminal.print("this pair carries")
        let width = lines.map(\.subject.count).max() ?? 0
        for line in lines {
            let gap = String(repeating: " ", count: width - line.subject.count + 2)
            Terminal.print("  \(line.subject)\(gap)\(line.text)")
        }
    }
}

enum SchemaCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        Terminal.print(
            PlanSchema.text.hasSuffix("\n")
                ? String(PlanSchema.text.dropLast()) : PlanSchema.text)
        return .done
    }
}
