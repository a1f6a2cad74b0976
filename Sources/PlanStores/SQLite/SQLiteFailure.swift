import PlanCore
import SQLite

/// SQLite's result codes as a store's errors. SQLite rolls a failed statement back, so all but a
/// failed commit are definite.
enum SQLiteFailure {
    static let store = "sqlite"

    static func storeError(_ error: SQLiteError, _ operation: String, _ path: String) -> StoreError
    {
        let (kind, advice): (StoreError.Kind, String) =
            switch error.code {
            case SQLiteError.busy, SQLiteError.locked:
                (.busy, "another process holds the file; try again")
            case SQLiteError.readOnly: (.readOnly, "make '\(path)' writable")
            case SQLiteError.full: (.full, "make room on the disk of '\(path)'")
            case SQLiteError.corrupt, SQLiteError.notADatabase:
                (.corrupt, "'\(path)' is damaged or no SQLite database")
            case SQLiteError.cannotOpen:
                (.unreachable, "see that '\(path)' exists and may be read and written")
            case SQLiteError.ioError: (.other, "look at the disk of '\(path)'")
            default: (.other, "")
            }
        let message = advice.isEmpty ? error.description : "\(error.description); \(advice)"
        return StoreError(
            store: store, operation: operation, kind: kind, message: message, isDefinite: true)
    }

    static func unknownCommit(_ error: any Error, _ operation: String) -> StoreError {
        StoreError(
            store: store, operation: operation, kind: .other,
            message: "the commit failed: \(error)", isDefinite: false)
    }

    static func refused(_ message: String, _ operation: String) -> StoreError {
        StoreError(
            store: store, operation: operation, kind: .refused, message: message, isDefinite: true)
    }
}
