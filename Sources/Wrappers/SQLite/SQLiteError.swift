/// What SQLite said.
package struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The primary result code: `SQLITE_BUSY` is 5, `SQLITE_READONLY` 8, `SQLITE_FULL` 13, …
    package var code: Int32
    /// The extended result code.
    package var extended: Int32
    package var message: String

    package init(code: Int32, extended: Int32, message: String) {
        self.code = code
        self.extended = extended
        self.message = message
    }

    package var description: String { "\(message) (sqlite \(extended))" }

    package static let busy: Int32 = 5
    package static let locked: Int32 = 6
    package static let readOnly: Int32 = 8
    package static let interrupt: Int32 = 9
    package static let ioError: Int32 = 10
    package static let corrupt: Int32 = 11
    package static let full: Int32 = 13
    package static let cannotOpen: Int32 = 14
    package static let tooBig: Int32 = 18
    package static let constraint: Int32 = 19
    package static let mismatch: Int32 = 20
    package static let notADatabase: Int32 = 26
}
