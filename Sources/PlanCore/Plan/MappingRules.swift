/// What changes on the way from source to target; what is not named is carried over as it is.
package struct MappingRules: Hashable, Sendable {
    package enum IDRule: Hashable, Sendable {
        case keep
        /// A version 5 UUID of the id's canonical spelling; the id itself stays in this payload
        /// field of the target.
        case uuid5(originalField: String)
    }

    package enum FieldType: String, Hashable, Sendable, CaseIterable {
        case int, float, text, bool
    }

    package static let originalField = "original_id"

    package var id = IDRule.keep
    /// Payload field of the source → its name in the target. No two share a target.
    package var fields: [String: String] = [:]
    /// Source's names. Carried until the point of no return, dropped there.
    package var drop: [String] = []
    /// Vector name of the source → of the target.
    package var vectors: [String: String] = [:]
    /// Payload field of the source → the type it has in the target.
    package var types: [String: FieldType] = [:]
    /// Losses of this pair that the reviewer accepts by name.
    package var allowLoss: [String] = []

    package init() {}

    /// Under which the target keeps the id that a record has in the source; nil where ids stay.
    package var originalField: String? {
        if case .uuid5(let field) = id { field } else { nil }
    }

    package var fieldNames: NameMap { NameMap(fields, reserved: originalField) }
    package var vectorNames: NameMap { NameMap(vectors) }
}
