import PlanCore
import Postgres

/// One connection on a thread of its own. Opened by the first call, and anew after a loss.
actor PostgresChannel {
    /// What may have become of a call whose answer did not come.
    enum Effect: Sendable {
        /// Nothing: it only reads, and may be tried again at once.
        case none
        /// One statement that commits by itself.
        case statement
        /// Wrapped in a transaction here: nothing before COMMIT is sent.
        case transaction
    }

    private nonisolated let executor = ThreadExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    nonisolated let interrupt = PostgresInterrupt()
    private let configuration: PostgresStoreConfiguration
    private var session: PostgresSession?

    init(_ configuration: PostgresStoreConfiguration) { self.configuration = configuration }

    /// Runs one call that began at `start` and may take `limit`; nil lets it take for ever. What
    /// PostgreSQL throws comes out as a `StoreError`.
    func run<Result: Sendable>(
        _ operation: String, _ effect: Effect, since start: ContinuousClock.Instant,
        limit: Duration?, _ body: @Sendable (PostgresSession) throws -> Result
    ) throws -> Result {
        let end = limit.map { start + $0 }
        var attempts = 0
        while true {
            attempts += 1
            var mayBeApplied = false
            do {
                try Task.checkCancellation()
                let session = try ready(end)
                mayBeApplied = effect == .statement
                if effect == .transaction {
                    return try transaction(session, end, &mayBeApplied, body)
                }
                return try body(session)
            } catch let error as PostgresError {
                recover(forgetting: isStale(error))
                let isUnknown = mayBeApplied && PostgresFailure.isUnknown(error)
                if error.kind == .interrupted || Task.isCancelled, !isUnknown {
                    throw CancellationError()
                }
                let failure = PostgresFailure.storeError(
                    error, operation, mayBeApplied: mayBeApplied)
                guard attempts < 3, failure.isDefinite, isWorthRepeating(error, effect),
                    end.map({ ContinuousClock.now < $0 }) ?? true
                else { throw failure }
            } catch {
                recover()
                throw error
            }
        }
    }

    /// A deadlock's victim, a plan that the table outgrew, a read whose server restarted.
    private func isWorthRepeating(_ error: PostgresError, _ effect: Effect) -> Bool {
        switch error.code {
        case "40001", "40P01": true
        default: isStale(error) || (effect == .none && error.kind == .lost)
        }
    }

    /// The table was made anew under a statement that had been prepared.
    private func isStale(_ error: PostgresError) -> Bool {
        error.code == "26000"
            || (error.code == "0A000" && error.message.contains("cached plan"))
    }

    private func recover(forgetting: Bool = false) {
        guard let session else { return }
        if session.connection.isOpen, session.connection.isInTransaction {
            session.connection.deadline = ContinuousClock.now + .seconds(2)
            try? session.connection.run("ROLLBACK")
        }
        if forgetting || !session.connection.isOpen || session.connection.isInTransaction {
            session.connection.close()
            self.session = nil
        }
    }

    private func ready(_ end: ContinuousClock.Instant?) throws -> PostgresSession {
        let now = ContinuousClock.now
        if let session, !session.connection.isAlive() {
            session.connection.close()
            self.session = nil
        }
        let session =
            try self.session
            ?? PostgresSession(
                configuration, interrupt: interrupt, deadline: end ?? now + .seconds(10))
        self.session = session
        session.connection.deadline = end.map { $0 + .seconds(1) }
        try session.limitStatements(to: statementLimit(end))
        return session
    }

    /// The deadline counts from the call's beginning; a wait before it leaves the server less.
    private func statementLimit(_ end: ContinuousClock.Instant?) -> Int {
        guard let end else { return 0 }
        let left = PostgresSession.milliseconds(end - ContinuousClock.now)
        let whole = PostgresSession.milliseconds(configuration.deadline)
        return left > whole ? left : left + 500 >= whole ? whole : left
    }

    private func transaction<Result>(
        _ session: PostgresSession, _ end: ContinuousClock.Instant?, _ mayBeApplied: inout Bool,
        _ body: (PostgresSession) throws -> Result
    ) throws -> Result {
        let connection = session.connection
        var begin = "BEGIN"
        if let end, connection.serverVersion >= 170_000 {
            let left = PostgresSession.milliseconds(end - ContinuousClock.now)
            begin += "; SET LOCAL transaction_timeout = \(left)"
        }
        session.didBegin()
        try connection.run(begin)
        let result = try body(session)
        if let end, ContinuousClock.now >= end {
            throw PostgresError(
                .server, "the deadline passed before the commit", code: "57014")
        }
        mayBeApplied = true
        try connection.run("COMMIT")
        session.didCommit()
        return result
    }

    func close() {
        session?.connection.close()
        session = nil
    }
}
