import PlanCore

/// The JSON Schema (draft 2020-12) of plan files, for editors. Made from the parser's own tables.
///
/// A schema sees shapes, words and ranges. What it cannot see: the order of steps, duplicate keys,
/// two settings that contradict each other, what YAML itself forbids.
package enum PlanSchema {
    /// Pretty-printed, with a final line break; the same for every call.
    package static let text = SchemaText.render(value) + "\n"

    package static let value: JSONValue = {
        var writer = SchemaWriter()
        guard case .object(var root) = writer.schema(of: .object(PlanShape.plan)) else {
            return .bool(true)
        }
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        root["title"] = "Crossfade plan"
        root["description"] = "Moves a live vector collection from one store to another."
        root["$defs"] = .object(writer.definitions)
        return .object(root)
    }()
}
