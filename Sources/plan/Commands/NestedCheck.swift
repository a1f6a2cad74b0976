import PlanCore

/// Which fields a store without nesting will hold as JSON text, by a look at some records.
enum NestedCheck {
    private static let recordsMax = 200
    static let lossName = "nested"

    static func run(_ bench: Workbench) async throws -> [Diagnostic] {
        guard !bench.target.capabilities.holdsNestedPayload,
            bench.source.capabilities.holdsNestedPayload,
            !bench.plan.mapping.allowLoss.contains(lossName)
        else { return [] }
        let page = try await bench.source.scan(.all, limit: recordsMax, .withoutVectors)
        var fields: Set<String> = []
        for record in page {
            for (field, value) in record.payload where isNested(value) {
                fields.insert(bench.plan.mapping.fields[field] ?? field)
            }
        }
        guard !fields.isEmpty else { return [] }
        let names = fields.sorted().prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        return [
            Diagnostic(
                "\(bench.target.kind) holds no nested values: \(names) will be JSON text there, "
                    + "which its own filters do not see into", severity: .warning,
                hint: "say 'allow_loss: [\(lossName)]' under 'mapping' if that is meant")
        ]
    }

    private static func isNested(_ value: JSONValue) -> Bool {
        switch value {
        case .object, .null: true
        case .array(let items): items.contains { isNested($0) || isList($0) }
        default: false
        }
    }

    private static func isList(_ value: JSONValue) -> Bool {
        if case .array = value { true } else { false }
    }
}
