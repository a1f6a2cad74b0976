import Glibc
import Hash
import PlanCore
import PlanLedger
import PlanStores
import PlanSync

/// What every measurement works with: a PostgreSQL server, an empty folder, `psql`, and records.
struct Lab: Sendable {
    let url: String
    let psqlProgram: String
    /// Of this run alone; whoever made it removes it.
    let folder: String
    let size: BenchSize
    let shell = Shell()
    let time = BenchTime()

    static let dimension = 384

    func note(_ text: String) { Lab.note(text) }

    static func note(_ text: String) {
        var line = "bench: \(text)\n"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    // MARK: stores

    func postgres(_ table: String) -> PostgresStore {
        var configuration = PostgresStoreConfiguration(connection: Secret(url), table: table)
        configuration.deadline = .seconds(60)
        return PostgresStore(configuration: configuration)
    }

    func sqlite(_ file: String, table: String = "bench") -> SQLiteStore {
        SQLiteStore(
            configuration: SQLiteStoreConfiguration(path: "\(folder)/\(file)", table: table))
    }

    static func shape(_ dimension: Int = Lab.dimension) -> CollectionDescription {
        CollectionDescription(
            name: "bench", idKind: .int,
            vectors: [VectorSpec(dimension: dimension, distance: .cosine)])
    }

    /// Anew and empty, with no index but the key's.
    func recreate(_ store: any VectorStore, dimension: Int = Lab.dimension) async throws {
        try await store.drop()
        try await store.create(Lab.shape(dimension))
    }

    /// Writes records `0..<count`.
    func fill(
        _ store: any VectorStore, _ count: Int, dimension: Int = Lab.dimension
    ) async throws {
        for start in stride(from: 0, to: count, by: 5_000) {
            let part = start..<min(start + 5_000, count)
            try await store.upsert(part.map { Lab.record($0, dimension: dimension) })
        }
    }

    func psql(_ sql: String) async throws {
        try await shell.run("\(psqlCommand) -c \(Shell.quoted(sql))")
    }

    var psqlCommand: String {
        "\(Shell.quoted(psqlProgram)) -X -q -v ON_ERROR_STOP=1 \(Shell.quoted(url))"
    }

    // MARK: records

    /// A vector that looks random, and the payload of a small document: some 1.8 kB with 384
    /// entries. `version` changes the vector.
    static func record(_ id: Int, dimension: Int = Lab.dimension, version: Int = 0) -> Record {
        Record(
            id: .int(Int64(id)), vector: vector(id, dimension: dimension, version: version),
            payload: [
                "title": .string("package \(id)"), "section": .string("s\(id % 40)"),
                "size": .int(Int64(id * 17)),
                "text": .string(String(repeating: "lorem ", count: 20)),
            ])
    }

    static func vector(
        _ id: Int, dimension: Int = Lab.dimension, version: Int = 0
    ) -> [Float] {
        var seed = (UInt64(id) &+ UInt64(version) << 32) &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<dimension).map { _ in
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return Float(seed >> 40) / Float(1 << 24) - 0.5
        }
    }

    // MARK: a run

    /// A new ledger, synced to disk as that of `plan apply` is, under which every write goes to
    /// both stores.
    func ledger(_ name: String, follower: Side? = .target) async throws -> SQLiteLedger {
        let path = "\(folder)/\(name).ledger"
        for leftover in ["", "-wal", "-shm"] { unlink(path + leftover) }
        let ledger = try SQLiteLedger.create(path: path, id: name, epoch: 0, host: "bench")
        try await ledger.write(.durable) {
            try $0.setRoute(Route(epoch: 1, follower: follower))
        }
        return ledger
    }

    func environment(
        _ ledger: any Ledger, from source: any VectorStore, to target: any VectorStore,
        dimension: Int = Lab.dimension, observer: any StoreObserver = NoObserver()
    ) -> SyncEnvironment {
        let shape = Lab.shape(dimension)
        let mapping = PairMapping(
            rules: MappingRules(), source: shape, target: shape,
            sourceCapabilities: source.capabilities, targetCapabilities: target.capabilities,
            uuid5: { UUID5.make(namespace: [UInt8](repeating: 7, count: 16), name: $0) })
        return SyncEnvironment(
            ledger: ledger, source: source, target: target, mapping: mapping, time: time,
            observer: observer)
    }

    /// Works as a step of `plan apply` does: a session of its own, enrolled in a new ledger.
    func session(
        from source: any VectorStore, to target: any VectorStore,
        dimension: Int = Lab.dimension, _ body: (Session) async throws -> Void
    ) async throws {
        let ledger = try await ledger("run")
        let session = try await Session.join(
            environment(ledger, from: source, to: target, dimension: dimension),
            role: .executor, host: "bench", process: getpid())
        try await body(session)
        await session.leave()
        await ledger.close()
    }
}
