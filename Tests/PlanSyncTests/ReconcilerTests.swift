import Foundation
import PlanCore
import PlanLedger
import PlanStores
import Testing

@testable import PlanSync

/// What a repair deletes, and what it does not.
@Suite struct ReconcilerTests {
    private static let records = (1...3).map { Record(id: .int($0), vector: [1, Float($0)]) }
    private static let keys = records.map(\.id)

    private func withStores(
        confirm: @escaping @Sendable (Side) async throws -> Void,
        _ body: (SyncEnvironment) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/reconcile-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let stores = ["source", "target"].map {
            SQLiteStore(
                configuration: SQLiteStoreConfiguration(path: "\(folder)/\($0).db", table: "t"))
        }
        for store in stores {
            try await store.create(
                CollectionDescription(
                    name: "t", idKind: .int, vectors: [VectorSpec(dimension: 2, distance: .l2)]))
        }
        let ledger = try SQLiteLedger.create(
            path: folder + "/ledger.sqlite", id: "x", epoch: 0, host: "h", syncs: false)
        try await body(
            SyncEnvironment(
                ledger: ledger, source: stores[0], target: stores[1], mapping: IdentityMapping(),
                time: FlipTests.ScriptedTime(), confirm: confirm))
        await ledger.close()
        for store in stores { await store.close() }
    }

    @Test(arguments: Side.allCases)
    func `what the authority does not hold goes`(authority: Side) async throws {
        try await withStores(confirm: { #expect($0 == authority) }) { environment in
            try await environment.store(authority.other).upsert(Self.records)
            let reconciler = Reconciler(environment: environment, authority: authority)
            let found = try await reconciler.differences(Self.keys)
            #expect(found.extra == Self.keys)
            _ = try await reconciler.apply(found)
            #expect(try await environment.store(authority.other).count() == 0)
        }
    }

    @Test func `nothing goes where the authority's collection is another`() async throws {
        let replaced = StoreError(
            store: "sqlite", operation: "identity", kind: .notFound, message: "made anew",
            isDefinite: true)
        try await withStores(confirm: { _ in throw replaced }) { environment in
            try await environment.target.upsert(Self.records)
            let reconciler = Reconciler(environment: environment, authority: .source)
            let found = try await reconciler.differences(Self.keys)
            await #expect(throws: replaced) { _ = try await reconciler.apply(found) }
            #expect(try await environment.target.count() == 3)
            try await environment.source.upsert([Record(id: .int(1), vector: [9, 9])])
            let both = try await reconciler.differences(Self.keys)
            #expect(both.mismatched.count == 1 && both.extra.count == 2)
            await #expect(throws: replaced) { _ = try await reconciler.apply(both) }
            #expect(
                try await environment.target.get([.int(1)]) == [Self.records[0]],
                "the error is definite: nothing of it may have been sent")
            // What it does hold is followed, as ever.
            let first = try await reconciler.differences([.int(1)])
            _ = try await reconciler.apply(first)
            #expect(try await environment.target.get([.int(1)]).first?.vector == [9, 9])
        }
    }
}
