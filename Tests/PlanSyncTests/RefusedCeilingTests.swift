import Foundation
import PlanCore
import PlanLedger
import PlanStores
import PlanSync
import Testing

/// A walk whose target refuses every record.
@Suite struct RefusedCeilingTests {
    private static let count = 300

    /// A source of two dimensions, and a target of three.
    private func withSession(_ body: (Session) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/ceiling-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func store(_ name: String, _ dimension: Int) async throws -> SQLiteStore {
            let store = SQLiteStore(
                configuration: SQLiteStoreConfiguration(path: "\(folder)/\(name).db", table: "t"))
            try await store.create(
                CollectionDescription(
                    name: "t", idKind: .int,
                    vectors: [VectorSpec(dimension: dimension, distance: .l2)]))
            return store
        }
        let source = try await store("source", 2)
        let target = try await store("target", 3)
        try await source.upsert(
            (1...Self.count).map { Record(id: .int(Int64($0)), vector: [1, Float($0)]) })
        let ledger = try SQLiteLedger.create(
            path: folder + "/ledger.sqlite", id: "x", epoch: 0, host: "h", syncs: false)
        try await ledger.write(.durable) {
            try $0.setRoute(Route(epoch: 1, follower: .target))
        }
        let session = try await Session.join(
            SyncEnvironment(
                ledger: ledger, source: source, target: target, mapping: IdentityMapping(),
                time: FlipTests.ScriptedTime()),
            role: .executor, host: "h", process: 1)
        try await body(session)
        await session.leave()
        await ledger.close()
        await source.close()
        await target.close()
    }

    private func copier(_ session: Session, most: Int?) -> Copier {
        Copier(
            session: session, batchSize: 10, rate: RateLimit(perSecond: nil, time: session.time),
            mostRefused: most)
    }

    private func refused(_ session: Session) async throws -> Int {
        try await session.ledger.read { try $0.refusedCount() }
    }

    @Test func `a walk that is refused too much ends, and the next takes nothing up until mended`()
        async throws
    {
        try await withSession { session in
            let first = copier(session, most: 25)
            try await first.prepare(ranges: 6)
            try await first.run(workers: 3)
            #expect(first.isStopped)
            #expect(try await !first.progress().isComplete)
            let left = try await refused(session)
            // The page that is one too many, and what the two others had in hand.
            #expect((26...55).contains(left), "\(left)")
            #expect(try await session.ledger.read { try $0.windows() }.isEmpty)
            let second = copier(session, most: 25)
            try await second.run(workers: 3)
            #expect(second.isStopped)
            #expect(try await refused(session) == left)
            // All of them mended: what the chunks have counted does not matter any more.
            try await session.ledger.write(.durable) { rows in
                for key in try rows.refusedKeys(limit: left) { try rows.forgetRefusal(key.key) }
            }
            let third = copier(session, most: 25)
            try await third.run(workers: 3)
            #expect(third.isStopped)
            #expect(try await refused(session) > 25)
        }
    }

    @Test func `a walk that may be refused as much, or anything, goes to its end`() async throws {
        for most in [Self.count, nil] {
            try await withSession { session in
                let walk = copier(session, most: most)
                try await walk.prepare(ranges: 6)
                try await walk.run(workers: 3)
                #expect(!walk.isStopped)
                #expect(try await walk.progress().isComplete)
                #expect(try await refused(session) == Self.count)
            }
        }
    }
}
