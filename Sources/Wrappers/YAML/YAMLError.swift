/// A problem of the text itself, before anybody asks what it means.
package struct YAMLError: Error, Hashable, Sendable {
    package var message: String
    package var hint: String?
    /// Bytes of the file.
    package var span: Range<Int>

    package init(_ message: String, hint: String? = nil, span: Range<Int>) {
        self.message = message
        self.hint = hint
        self.span = span
    }
}
