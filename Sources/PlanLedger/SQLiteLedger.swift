import Glibc
import PlanCore
import SQLite

/// The ledger in one SQLite file (WAL), shared by every process of a run on one machine.
///
/// Transactions of concurrent callers share one commit: each caller joins the queue, lets the
/// others that are waiting join too, and whoever comes first commits for all. A body that throws
/// is undone alone, by its savepoint.
///
/// Invariant: between `BEGIN` and `COMMIT` this process holds `ledger.lock`, so that processes
/// queue in the kernel, not in SQLite's busy handler.
package actor SQLiteLedger: Ledger {
    package nonisolated let id: String
    package nonisolated let path: String

    private nonisolated let executor: any SerialExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    private let database: SQLiteDatabase
    private let identity: FileIdentity
    private let lock: PatientLock
    private let locks: OwnerLocks
    private let host: String
    private let reader: LedgerReader
    private let syncs: Bool
    private let patience: Duration
    private var queue: [Job] = []
    private var isSynchronous = true
    private var runLock: FileLock?

    init(
        opened database: SQLiteDatabase, path: String, id: String, host: String, syncs: Bool,
        patience: Duration, executor: any SerialExecutor, readExecutor: any SerialExecutor
    ) throws {
        guard let identity = FileIdentity(path: path), let lock = PatientLock(path: path + ".lock")
        else { throw LedgerError.lost("'\(path)' is gone") }
        self.database = database
        self.path = path
        self.id = id
        self.host = host
        self.identity = identity
        self.lock = lock
        self.syncs = syncs
        self.patience = patience
        self.executor = executor
        locks = OwnerLocks(folder: path + ".owners")
        reader = try LedgerReader(path: path, identity: identity, executor: readExecutor)
    }

    /// One caller's transaction, waiting for its commit.
    private final class Job {
        let isDurable: Bool
        let body: (any LedgerTransaction) throws -> any Sendable
        var result: Result<any Sendable, any Error>?

        init(
            isDurable: Bool, body: @escaping (any LedgerTransaction) throws -> any Sendable
        ) {
            self.isDurable = isDurable
            self.body = body
        }
    }

    package func write<Value: Sendable>(
        _ durability: LedgerDurability,
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Value
    ) async throws -> Value {
        let job = Job(isDurable: durability == .durable, body: body)
        queue.append(job)
        await Task.yield()
        if job.result == nil { commitQueue() }
        switch job.result {
        case .success(let value as Value): return value
        case .failure(let error): throw error
        default: preconditionFailure("a transaction ended without its result")
        }
    }

    private func commitQueue() {
        let batch = queue
        queue = []
        do {
            try commit(batch)
        } catch {
            let failure = SQLiteLedger.failure(error)
            for job in batch { job.result = .failure(failure) }
        }
    }

    private func commit(_ batch: [Job]) throws {
        guard FileIdentity(path: path) == identity else {
            throw LedgerError.lost("'\(path)' was deleted or replaced")
        }
        guard lock.lock(within: patience) else {
            throw LedgerError.unavailable(waiting)
        }
        defer { lock.unlock() }
        try setSynchronous(batch.contains(where: \.isDurable))
        try database.execute("BEGIN IMMEDIATE")
        do {
            let transaction = SQLiteTransaction(database: database)
            for job in batch { try run(job, transaction) }
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
        do {
            try database.execute("COMMIT")
        } catch {
            let isStillOpen = database.isInTransaction
            if isStillOpen { try? database.execute("ROLLBACK") }
            // Still open: SQLite says that nothing was written. Else the log may have it.
            throw isStillOpen
                ? SQLiteLedger.failure(error) : LedgerError.unknownCommit(error.description)
        }
    }

    /// A commit takes milliseconds: who holds the lock for longer is stopped, or its disk is.
    package static let patience = Duration.seconds(10)

    private var waiting: String {
        let holders = lock.holders
        let who =
            if holders.contains(getpid()) {
                "this process itself"
            } else if holders.count == 1 {
                "process \(holders[0])"
            } else {
                "another process"
            }
        return
            "\(who) has held '\(path).lock' for \(patience.seconds) s; a process that is stopped has "
            + "to go on (kill -CONT) or to end (kill -KILL)"
    }

    private func run(_ job: Job, _ transaction: SQLiteTransaction) throws {
        try database.execute("SAVEPOINT job")
        do {
            job.result = .success(try job.body(transaction))
            try database.execute("RELEASE job")
        } catch {
            job.result = .failure(SQLiteLedger.failure(error))
            try database.execute("ROLLBACK TO job; RELEASE job")
        }
    }

    /// Commits that nobody waits for on disk ride along with the next that somebody does.
    private func setSynchronous(_ wanted: Bool) throws {
        guard syncs, wanted != isSynchronous else { return }
        try database.execute("PRAGMA synchronous = \(wanted ? "FULL" : "NORMAL")")
        isSynchronous = wanted
    }

    package nonisolated func read<Value: Sendable>(
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Value
    ) async throws -> Value {
        try await reader.read(body)
    }

    static func failure(_ error: any Error) -> any Error {
        guard let error = error as? SQLiteError else { return error }
        switch error.code {
        case SQLiteError.corrupt, SQLiteError.notADatabase:
            return LedgerError.unreadable(error.description)
        default:
            return LedgerError.unavailable(error.description)
        }
    }

    package func enroll(role: Owner.Role, host: String, process: Int32) async throws -> Owner {
        let owner = try await write(.durable) { transaction -> Owner in
            guard let rows = transaction as? SQLiteTransaction else {
                preconditionFailure("this ledger's transactions are SQLite's")
            }
            return try rows.insertOwner(role: role, host: host, process: process)
        }
        guard locks.take(owner.number) else {
            throw LedgerError.unavailable("the owner's lock in '\(path).owners' cannot be made")
        }
        return owner
    }

    package func resign(_ owner: Owner) { locks.give(owner.number) }

    /// An owner on another machine is never provably dead from here: a person evicts it.
    package func isProvablyDead(_ owner: Int64) async -> Bool {
        let host = host
        let known = try? await read { try $0.owner(owner) }
        guard let row = known ?? nil else { return false }
        return row.host == host && locks.isReleased(owner)
    }

    package func holdRun() throws -> Bool {
        if runLock != nil { return true }
        guard let lock = FileLock(path: path + ".holder") else {
            throw LedgerError.unavailable("'\(path).holder' cannot be made")
        }
        guard lock.tryLock() else { return false }
        runLock = lock
        return true
    }

    package func releaseRun() {
        runLock?.unlock()
        runLock = nil
    }

    package func close() async {
        releaseRun()
        locks.giveAll()
    }
}
