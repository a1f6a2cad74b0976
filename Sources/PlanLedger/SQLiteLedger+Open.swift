import Glibc
import PlanCore
import SQLite

extension SQLiteLedger {
    /// Makes a new ledger; refuses to touch a file that is there. Only `apply` and `recover` do.
    package static func create(
        path: String, id: String, epoch: Int64, host: String, syncs: Bool = true,
        patience: Duration = SQLiteLedger.patience, executor: any SerialExecutor = ThreadExecutor(),
        readExecutor: any SerialExecutor = ThreadExecutor()
    ) throws -> SQLiteLedger {
        guard access(path, F_OK) != 0 else {
            throw LedgerError.unavailable("'\(path)' is there already")
        }
        let draft = "\(path).new"
        for leftover in [draft, draft + "-wal", draft + "-shm"] { unlink(leftover) }
        do {
            // Complete under another name first: a half-made ledger is never found.
            do {
                let database = try SQLiteDatabase(path: draft, access: .readWriteCreate)
                try database.execute("PRAGMA synchronous = \(syncs ? "FULL" : "OFF")")
                try database.execute("BEGIN")
                try LedgerSchema.create(database, id: id, epoch: epoch)
                if let home = FileIdentity(path: draft) {
                    try LedgerSchema.add(database, LedgerSchema.inode, String(home.inode))
                }
                try database.execute("COMMIT")
            }
            guard link(draft, path) == 0 else {
                throw LedgerError.unavailable("'\(path)' cannot be made: errno \(errno)")
            }
            unlink(draft)
        } catch {
            throw failure(error)
        }
        return try open(
            path: path, expecting: id, host: host, syncs: syncs, patience: patience,
            executor: executor, readExecutor: readExecutor)
    }

    /// Opens the ledger of a run; `expecting` is the id that `run.json` names.
    package static func open(
        path: String, expecting id: String?, host: String, syncs: Bool = true,
        patience: Duration = SQLiteLedger.patience, executor: any SerialExecutor = ThreadExecutor(),
        readExecutor: any SerialExecutor = ThreadExecutor()
    ) throws -> SQLiteLedger {
        guard access(path, F_OK) == 0 else { throw LedgerError.lost("'\(path)' is not there") }
        do {
            let database = try SQLiteDatabase(path: path, access: .readWrite, busyTimeout: 5_000)
            let found = try identify(database, path)
            if let id, id != found { throw LedgerError.foreign(expected: id, found: found) }
            try refuseCopy(database, path)
            try database.execute("PRAGMA journal_mode = WAL")
            try database.execute("PRAGMA synchronous = \(syncs ? "FULL" : "OFF")")
            try LedgerSchema.raise(database)
            return try SQLiteLedger(
                opened: database, path: path, id: found, host: host, syncs: syncs,
                patience: patience, executor: executor, readExecutor: readExecutor)
        } catch {
            throw failure(error)
        }
    }

    /// A copy that was put back knows nothing of what was begun since it was made: to go on with it
    /// would lose writes in silence. A ledger of an earlier build does not say which file it is.
    private static func refuseCopy(_ database: SQLiteDatabase, _ path: String) throws {
        guard let home = try LedgerSchema.value(database, LedgerSchema.inode),
            home != FileIdentity(path: path).map({ String($0.inode) })
        else { return }
        throw LedgerError.unreadable(
            "'\(path)' is a copy of the run's ledger, and does not have what was begun since it "
                + "was made")
    }

    private static func identify(_ database: SQLiteDatabase, _ path: String) throws -> String {
        let format: String?
        do {
            format = try LedgerSchema.value(database, "format")
        } catch {
            throw LedgerError.unreadable("'\(path)' is no ledger: \(error.message)")
        }
        guard let format, let number = Int64(format) else {
            throw LedgerError.unreadable("'\(path)' does not say its format")
        }
        guard number <= LedgerSchema.format else {
            throw LedgerError.newer(
                "'\(path)' has format \(number), newer than this build's \(LedgerSchema.format)")
        }
        guard let id = try LedgerSchema.value(database, "id") else {
            throw LedgerError.unreadable("'\(path)' does not say whose it is")
        }
        return id
    }
}
