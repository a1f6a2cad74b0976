import PlanCore
import SQLite

/// SQLite's result codes as a store's errors. SQLite rolls a failed statement back, so all but a
/// failed commit are definite.
enum SQLiteFailure {
    static let store = "sqlite"

    /// `isDefinite` is false for a commit whose outcome nobody knows.
    static func storeError(
        _ error: SQLiteError, _ operation: String, _ path: String, isDefinite: Bool = true
    ) -> StoreError {
        let (kind, advice): (StoreError.Kind, String) =
            switch error.code {
            case SQLiteError.busy, SQLiteError.locked:
                (.busy, "another process holds the file; try again")
            case SQLiteError.interrupt: (.timeout, "it was interrupted; try again")
            case SQLiteError.readOnly: (.readOnly, "make '\(path)' writable")
            case SQLiteError.full: (.full, "make room on the disk of '\(path)'")
            case SQLiteError.corrupt, SQLiteError.notADatabase:
                (.corrupt, "'\(path)' is damaged or no SQLite database")
            case SQLiteError.cannotOpen:
                (.unreachable, "see that '\(path)' exists and may be read and written")
            case SQLiteError.ioError: (.other, "look at the disk of '\(path)'")
            case SQLiteError.constraint, SQLiteError.mismatch, SQLiteError.tooBig:
                (.refused, "the table's own rules do not let such a record in")
            default: (.other, "")
            }
        let subject = isDefinite ? error.description : "the commit failed: \(error.description)"
        return StoreError(
            store: store, operation: operation, kind: kind,
            message: advice.isEmpty ? subject : "\(subject); \(advice)", isDefinite: isDefinite)
    }

    static func missing(_ configuration: SQLiteStoreConfiguration, _ operation: String)
        -> StoreError
    {
        StoreError(
            store: store, operation: operation, kind: .notFound,
            message: "'\(configuration.path)' has no table '\(configuration.table)'; "
                + "look at the path and the table's name", isDefinite: true)
    }

    static func taken(_ name: String, _ operation: String) -> StoreError {
        StoreError(
            store: store, operation: operation, kind: .alreadyExists,
            message: "the table '\(name)' is there already; choose another name or drop it",
            isDefinite: true)
    }

    static func refused(_ message: String, _ operation: String) -> StoreError {
        StoreError(
            store: store, operation: operation, kind: .refused, message: message, isDefinite: true)
    }
}
