/// Why a text is no JSON that we take.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    package var message: String
    /// Bytes before the place; nil where it is not known.
    package var offset: Int?

    package init(_ message: String, offset: Int? = nil) {
        self.message = message
        self.offset = offset
    }

    package var description: String {
        offset.map { "\(message), at byte \($0)" } ?? message
    }
}
