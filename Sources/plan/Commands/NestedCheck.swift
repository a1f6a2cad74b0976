import PlanCore

/// Which fields a store without nesting will hold as JSON text, by a look at some records.
enum NestedCheck {
    private static let recordsMax = 200

    static func fields(_ bench: Workbench) async throws -> [String] {
        guard !bench.target.capabilities.holdsNestedPayload,
            bench.source.capabilities.holdsNestedPayload
        else { return [] }
        let page = try await bench.source.scan(.all, limit: recordsMax, .withoutVectors)
        var fields: Set<String> = []
        for record in page {
            for (field, value) in record.payload where isNested(value) {
                fields.insert(bench.plan.mapping.fieldNames.forward(field))
            }
        }
        return fields.sorted()
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
