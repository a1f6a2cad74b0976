/// Object ids of the built-in types that we send, as `pg_type` has them in every version.
package enum PostgresType {
    package static let unspecified: UInt32 = 0
    package static let bool: UInt32 = 16
    package static let bytea: UInt32 = 17
    package static let int8: UInt32 = 20
    package static let int2: UInt32 = 21
    package static let int4: UInt32 = 23
    package static let text: UInt32 = 25
    package static let float8: UInt32 = 701
    package static let uuid: UInt32 = 2950
    package static let jsonb: UInt32 = 3802
    package static let int8Array: UInt32 = 1016
    package static let textArray: UInt32 = 1009
    package static let uuidArray: UInt32 = 2951
    package static let jsonbArray: UInt32 = 3807
}

package enum PostgresText {
    /// An identifier in double quotes, as SQL needs it for any name at all.
    package static func quoted(identifier name: String) -> String { wrap(name, "\"") }

    /// A literal in single quotes, for the few places that take no parameter. Right while
    /// `standard_conforming_strings` is on, which the session sees to.
    package static func quoted(literal text: String) -> String { wrap(text, "'") }

    private static func wrap(_ text: String, _ quote: Character) -> String {
        var result = String(quote)
        for character in text.unicodeScalars {
            if character == quote.unicodeScalars.first { result.unicodeScalars.append(character) }
            result.unicodeScalars.append(character)
        }
        return result + String(quote)
    }
}
