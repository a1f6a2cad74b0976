import Glibc
import PlanCore
import PlanLedger
import PlanSync
import SQLite

/// Intents begun and ended in the ledger, each begin durable, beside the plainest loop that SQLite
/// has: one row, one commit.
struct LedgerBench {
    let lab: Lab

    func run() async throws -> [Figure] {
        let ledger = try await lab.ledger("ledger")
        let plain = try Plain(path: "\(lab.folder)/plain.db")
        // A log that grows costs its file system more per sync than one that is written over.
        try await plain.warmUp()
        _ = try await intents(ledger, 64)
        var figures: [Figure] = []
        for callers in DualWriteBench.callers {
            var rounds = Rounds()
            rounds.add("plain") {
                try await Load.run(callers: 1, for: lab.size.load) { _, turn in
                    try await plain.insert()
                }
            }
            rounds.add("ledger") { try await intents(ledger, callers) }
            let samples = try await rounds.run(lab.size.loadRepetitions)
            let ours = samples["ledger"] ?? []
            let theirs = samples["plain"] ?? []
            figures.append(
                Figure(
                    group: "ledger", name: "begin and end, \(callers) at once", unit: "writes/s",
                    value: ours.median(\.perSecond), baseline: theirs.median(\.perSecond),
                    baselineName: "one insert and commit after the other",
                    ratio: ours.ratio(to: theirs, \.perSecond), goal: nil,
                    cores: ours.median(\.cores),
                    bound: callers == 1 ? Bounds.ledger : Bounds.ledgerMany))
        }
        await ledger.close()
        return figures
    }

    private func intents(_ ledger: SQLiteLedger, _ callers: Int) async throws -> Measured {
        let owner = try await ledger.enroll(role: .gateway, host: "bench", process: getpid())
        let identifiers = Identifiers(owner: owner.number)
        let measured = try await Load.run(callers: callers, for: lab.size.load) { caller, turn in
            let key = RecordID.int(Int64(caller * 1_000 + turn % 1_000))
            let ids = identifiers.next(1)
            let answer = try await ledger.write(.durable) {
                try $0.begin([key], ids: ids, owner: owner.number, since: 0, flaws: [])
            }
            guard case .begun(_, let intents) = answer else {
                throw BenchError("the ledger answered \(answer)")
            }
            try await ledger.write(.relaxed) { try $0.endClean(intents, since: 0, flaws: []) }
        }
        await ledger.resign(owner)
        return measured
    }

    /// A table and one connection, set as the ledger's.
    private actor Plain {
        private nonisolated let executor = ThreadExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor {
            executor.asUnownedSerialExecutor()
        }

        private let database: SQLiteDatabase
        private var number: Int64 = 0

        init(path: String) throws {
            database = try SQLiteDatabase(path: path, access: .readWriteCreate)
            try database.execute(
                """
                PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                CREATE TABLE row (id INTEGER PRIMARY KEY, key TEXT, owner INTEGER,
                    epoch INTEGER, authority TEXT, purpose TEXT)
                """)
        }

        /// Until the log has its size.
        func warmUp() throws {
            try database.execute("PRAGMA synchronous = OFF")
            for _ in 0..<3_000 { try insert() }
            try database.execute("PRAGMA synchronous = FULL")
        }

        func insert() throws {
            number += 1
            let statement = try database.statement(
                "INSERT INTO row VALUES (?1, ?2, 1, 1, 'source', 'write')")
            try statement.bind(1, number)
            try statement.bind(2, "i:\(number)")
            try statement.run()
        }
    }
}
