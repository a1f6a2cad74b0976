import Foundation
import PlanCore
import PlanStores
import SQLite
import Testing

@Suite struct SQLiteFaultTests {
    static let record = Record(id: .int(1), vector: [1, 2, 3])

    @Test func `a file held by another process is busy, and nothing is written`() async throws {
        let fixture = try SQLiteFixture { $0.deadline = .milliseconds(50) }
        try await fixture.store.create(PostgresFixture.description())
        let beside = try fixture.beside()
        try beside.execute("BEGIN IMMEDIATE")
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.upsert([Self.record])
        }
        #expect(error?.kind == .busy && error?.isDefinite == true && error?.isTransient == true)
        #expect(try await fixture.store.count() == 0)
        try beside.execute("ROLLBACK")
        try await fixture.store.upsert([Self.record])
        #expect(try await fixture.store.count() == 1)
    }

    @Test func `what the table's own rules refuse is refused, with its whole batch`() async throws {
        let fixture = try SQLiteFixture()
        try await fixture.store.create(PostgresFixture.description())
        try fixture.beside().execute(
            "CREATE TRIGGER strict BEFORE INSERT ON products WHEN new.id = 2 "
                + "BEGIN SELECT RAISE(ABORT, 'not two'); END")
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.upsert([
                Self.record, Record(id: .int(2), vector: [1, 2, 3]),
            ])
        }
        #expect(error?.kind == .refused && error?.isDefinite == true)
        #expect(error?.message.contains("not two") == true)
        #expect(try await fixture.store.count() == 0)
    }

    @Test func `a file of something else is corrupt`() async throws {
        let fixture = try SQLiteFixture()
        try Data(repeating: 65, count: 8_192).write(to: URL(fileURLWithPath: fixture.path))
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.store.describe()
        }
        #expect(error?.kind == .corrupt && error?.isDefinite == true)
    }

    @Test func `a description from a newer build is refused`() async throws {
        let fixture = try SQLiteFixture()
        try await fixture.store.create(PostgresFixture.description())
        try fixture.beside().execute(
            "UPDATE crossfade_collections SET description = '{\"format\": 2}'")
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.store.describe()
        }
        #expect(error?.kind == .corrupt && error?.message.contains("newer build") == true)
    }

    @Test func `looking for what is not there makes no file`() async throws {
        let fixture = try SQLiteFixture()
        #expect(try await fixture.store.describe() == nil)
        try await fixture.store.checkWritable()
        try await fixture.store.drop()
        await #expect(throws: StoreError.self) { _ = try await fixture.store.count() }
        await #expect(throws: StoreError.self) { try await fixture.store.upsert([Self.record]) }
        #expect(!FileManager.default.fileExists(atPath: fixture.path))
    }

    @Test func `a closed store opens again when it is asked`() async throws {
        let fixture = try SQLiteFixture()
        try await fixture.store.create(PostgresFixture.description())
        await fixture.store.close()
        try await fixture.store.upsert([Self.record])
        await fixture.store.close()
        #expect(try await fixture.store.get([.int(1)]) == [Self.record])
    }
}
