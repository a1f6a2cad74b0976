import Glibc
import PlanCore
import SQLite

/// What goes wrong with files, as a store's errors. All but a failed commit are definite.
enum FilesFailure {
    static let store = "files"

    static func error(
        _ kind: StoreError.Kind, _ message: String, _ operation: String, ids: [RecordID] = []
    ) -> StoreError {
        StoreError(
            store: store, operation: operation, kind: kind, message: message, isDefinite: true,
            ids: ids)
    }

    static func missing(_ configuration: FilesStoreConfiguration, _ operation: String)
        -> StoreError
    {
        error(
            .notFound,
            "'\(configuration.folder)' has no collection '\(configuration.collection)'; "
                + "look at 'path' and 'collection'", operation)
    }

    static func taken(_ path: String, _ operation: String) -> StoreError {
        error(
            .alreadyExists, "'\(path)' is there already; choose another name or move it away",
            operation)
    }

    static func corrupt(_ path: String, _ why: String, _ operation: String) -> StoreError {
        error(.corrupt, "'\(path)' \(why)", operation)
    }

    static func storeError(
        _ error: SQLiteError, _ operation: String, _ path: String, isDefinite: Bool = true
    ) -> StoreError {
        var wrapped = SQLiteFailure.storeError(error, operation, path, isDefinite: isDefinite)
        wrapped.store = store
        return wrapped
    }

    /// The system's word on a call that failed just now.
    static func system(
        _ what: String, _ path: String, _ operation: String, code: Int32 = errno
    ) -> StoreError {
        let (kind, advice): (StoreError.Kind, String) =
            switch code {
            case ENOSPC, EDQUOT: (.full, "make room on its disk")
            case EROFS, EACCES, EPERM: (.readOnly, "make it writable")
            case ENOENT, ENOTDIR: (.notFound, "look at 'path'")
            default: (.other, "look at its disk")
            }
        return error(
            kind, "cannot \(what) '\(path)': \(String(cString: strerror(code))); \(advice)",
            operation)
    }
}
