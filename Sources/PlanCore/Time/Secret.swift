/// A credential. Prints as REDACTED wherever it might be printed.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let value: String

    package init(_ value: String) { self.value = value }

    /// The one way out; call it where the credential is sent.
    package func reveal() -> String { value }

    package var description: String { "REDACTED" }
    package var debugDescription: String { "REDACTED" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
