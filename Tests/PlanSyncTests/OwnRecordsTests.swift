import Foundation
import PlanCore
import PlanLedger
import PlanStores
import SQLite
import Testing

@testable import PlanSync

/// What the target refused before it led, and the source alone holds as it was acknowledged: 1 is
/// not in the target at all, 2 is there as it once was.
@Suite struct OwnRecordsTests {
    private struct Place: Sendable {
        let session: Session
        let source: SQLiteStore
        let target: SQLiteStore

        var ledger: any Ledger { session.ledger }

        /// The `v` of each record that is there.
        func versions(_ store: SQLiteStore) async throws -> [Int64: Int64] {
            var found: [Int64: Int64] = [:]
            for record in try await store.get(keys) {
                guard case .int(let id) = record.id, case .int(let version) = record.payload["v"]
                else { continue }
                found[id] = version
            }
            return found
        }

        func repair(_ keys: [RecordID]) async throws {
            try await ledger.write(.durable) { ledger in
                for key in keys { try ledger.markDirty(key, since: 0) }
            }
            try await repair()
        }

        func repair() async throws {
            while try await RepairLoop(session: session).repairOnce() > 0 {}
            #expect(try await ledger.read { try $0.dirtyCount() } == 0)
        }

        func refused() async throws -> [RecordID] {
            try await ledger.read { try $0.refusedKeys(limit: 10) }.map(\.key)
        }

        /// Both legs of each; the keys that were absent.
        func perform(_ operations: [WriteOperation]) async throws -> [RecordID] {
            let writer = RecordWriter(session: session, gate: HoldGate())
            var missing: [RecordID] = []
            for operation in operations { missing += try await writer.perform(operation) }
            session.jobs.finish()
            await session.jobs.run()
            #expect(try await ledger.read { try $0.intentCount() } == 0)
            return missing
        }
    }

    private static let keys: [RecordID] = [.int(1), .int(2), .int(3), .int(4)]

    private static func record(_ id: Int64, _ version: Int64) -> Record {
        Record(id: .int(id), vector: [1, Float(id)], payload: ["v": .int(version)])
    }

    private func withPlace(_ body: (Place) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/own-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func store(_ name: String) async throws -> SQLiteStore {
            let store = SQLiteStore(
                configuration: SQLiteStoreConfiguration(path: "\(folder)/\(name).db", table: "t"))
            try await store.create(
                CollectionDescription(
                    name: "t", idKind: .int, vectors: [VectorSpec(dimension: 2, distance: .l2)]))
            return store
        }
        let (source, target) = (try await store("source"), try await store("target"))
        let ledger = try SQLiteLedger.create(
            path: folder + "/ledger.sqlite", id: "x", epoch: 0, host: "h", syncs: false)
        try await ledger.write(.durable) { ledger in
            try ledger.setRoute(Route(epoch: 1, authority: .target, follower: .source))
            for key in Self.keys.prefix(2) {
                try ledger.refuse(RefusedKey(key: key, side: .target, reason: "too long"))
            }
            try ledger.refuse(RefusedKey(key: .int(3), side: .source, reason: "frozen"))
        }
        try await source.upsert((1...4).map { Self.record($0, 20) })
        try await target.upsert([Self.record(2, 10), Self.record(3, 30)])
        let session = try await Session.join(
            SyncEnvironment(
                ledger: ledger, source: source, target: target, mapping: IdentityMapping(),
                time: FlipTests.ScriptedTime()),
            role: .executor, host: "h", process: 1)
        try await session.refresh()
        try await body(Place(session: session, source: source, target: target))
        await session.leave()
        await ledger.close()
        await source.close()
        await target.close()
    }

    @Test func `repair leaves it, and mends what the source itself refused or nobody did`()
        async throws
    {
        try await withPlace { place in
            try await place.repair(Self.keys)
            #expect(try await place.versions(place.source) == [1: 20, 2: 20, 3: 30])
            #expect(try await place.refused() == [.int(1), .int(2)])
        }
    }

    @Test(arguments: [false, true])
    func `a second look leaves it, too, and tells of it`(repairs: Bool) async throws {
        try await withPlace { place in
            let tally = try await Recheck(session: place.session, repairs: repairs, task: "t")
                .confirm(Array(Self.keys.prefix(2)))
            #expect(tally.refused == 2 && tally.repaired == 0 && tally.bypassed == 0)
            #expect(try await place.versions(place.source)[1] == 20)
            #expect(try await place.versions(place.source)[2] == 20)
        }
    }

    @Test func `an update of what the target has not leaves it`() async throws {
        try await withPlace { place in
            let patch = RecordPatch(id: .int(1), set: ["colour": "red"])
            let missing = try await place.perform([.update([patch])])
            #expect(missing == [.int(1)])
            #expect(try await place.versions(place.source)[1] == 20)
            #expect(try await place.refused().contains(.int(1)))
        }
    }

    @Test func `what the application writes again is as the target has it`() async throws {
        try await withPlace { place in
            let patch = RecordPatch(id: .int(2), set: ["v": 11])
            let missing = try await place.perform([
                .update([patch]), .upsert([Self.record(1, 12)]),
            ])
            #expect(missing.isEmpty)
            #expect(try await place.refused() == [.int(3)])
            try await place.repair(Array(Self.keys.prefix(2)))
            #expect(try await place.versions(place.source)[1] == 12)
            #expect(try await place.versions(place.source)[2] == 11)
        }
    }

    /// The target has taken the delete, or may have; the source has not.
    @Test(arguments: [true, false])
    func `what the application deletes goes from the source, too`(isKnown: Bool) async throws {
        try await withPlace { place in
            let owner = place.session.owner.number
            let ids = place.session.identifiers.next(2)
            _ = try await place.ledger.write(.durable) { ledger in
                let keys = Array(Self.keys.prefix(2))
                let begun = try ledger.begin(keys, ids: ids, owner: owner, since: 0, flaws: [])
                guard case .begun(_, let intents) = begun else { return }
                if isKnown {
                    try ledger.endDirty(intents, since: 0)
                } else {
                    try ledger.reclaim(ids, since: 0, flaws: [])
                }
            }
            try await place.target.delete([.int(2)])
            try await place.repair()
            #expect(try await place.versions(place.source) == [3: 20, 4: 20])
            #expect(try await place.refused() == [.int(3)])
        }
    }

    @Test func `a write that the target refuses changes nothing`() async throws {
        try await withPlace { place in
            let bad = Record(id: .int(1), vector: [1, 2, 3], payload: ["v": 13])
            await #expect(throws: WriteFailure.self) {
                _ = try await place.perform([.upsert([bad])])
            }
            try await place.repair(Array(Self.keys.prefix(2)))
            #expect(try await place.versions(place.source)[1] == 20)
        }
    }

    @Test func `a ledger of format 1 takes the follower for who refused`() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/one-\(UUID().uuidString).db"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try SQLiteLedger.create(
            path: path, id: "x", epoch: 0, host: "h", syncs: false)
        await first.close()
        try SQLiteDatabase(path: path, access: .readWrite).execute(
            """
            DROP TABLE refused;
            CREATE TABLE refused (key TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
            INSERT INTO refused VALUES ('i:7', 'too long');
            UPDATE meta SET value = '1' WHERE name = 'format';
            """)
        for _ in 1...2 {
            let ledger = try SQLiteLedger.open(path: path, expecting: "x", host: "h")
            #expect(
                try await ledger.read { try $0.refusal(of: .int(7)) }
                    == RefusedKey(key: .int(7), side: .target, reason: "too long"))
            await ledger.close()
        }
    }
}
