import Foundation
import SQLite
import Testing

@Suite final class SQLiteTests {
    private let folder: String
    private var path: String { folder + "/test.db" }

    init() throws {
        folder = NSTemporaryDirectory() + "/crossfade-wrapper-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func open(_ access: SQLiteDatabase.Access = .readWriteCreate) throws -> SQLiteDatabase {
        try SQLiteDatabase(path: path, access: access)
    }

    @Test func `every kind of value comes back as it was bound`() throws {
        let database = try open()
        let statement = try database.statement("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7")
        let bytes: [UInt8] = [0, 255, 7]
        try statement.bind(1, Int64.min)
        try statement.bind(2, 0.1)
        try statement.bind(3, "ü\0🙂")
        try bytes.withUnsafeBytes { try statement.bind(4, blob: $0) }
        try statement.bindNull(5)
        try statement.bind(6, "")
        try [UInt8]().withUnsafeBytes { try statement.bind(7, blob: $0) }
        #expect(try statement.step())
        #expect(statement.integer(0) == .min && statement.real(1) == 0.1)
        #expect(statement.text(2) == "ü\0🙂")
        #expect(Array(statement.textBytes(2)) == Array("ü\0🙂".utf8))
        #expect(Array(statement.blob(3)) == bytes && statement.blob(6).isEmpty)
        let kinds = (0..<7).map { statement.kind($0) }
        #expect(kinds == [.integer, .real, .text, .blob, .null, .text, .blob])
        #expect(try !statement.step())
    }

    @Test func `a statement from the cache has neither rows nor bindings left`() throws {
        let database = try open()
        let first = try database.statement("SELECT ?1")
        try first.bind(1, Int64(7))
        #expect(try first.step())
        let second = try database.statement("SELECT ?1")
        #expect(first === second)
        #expect(try second.step() && second.isNull(0))
    }

    @Test func `an error says its code, and the connection goes on`() throws {
        let database = try open()
        try database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT")
        let insert = try database.statement("INSERT INTO t VALUES (1)")
        try insert.run()
        #expect(database.changes == 1 && database.lastInsertedRow == 1)
        let error = #expect(throws: SQLiteError.self) { try insert.run() }
        #expect(error?.code == SQLiteError.constraint && error?.extended == 1_555)
        #expect(throws: SQLiteError.self) { try database.statement("SELECT nothing") }
        try database.execute("DELETE FROM t")
        try insert.run()
    }

    @Test func `a lock held elsewhere is busy at once`() throws {
        let first = try open()
        let second = try open()
        try first.execute("CREATE TABLE t (n); BEGIN IMMEDIATE")
        #expect(first.isInTransaction)
        let error = #expect(throws: SQLiteError.self) { try second.execute("BEGIN IMMEDIATE") }
        #expect(error?.code == SQLiteError.busy && !second.isInTransaction)
        try first.execute("COMMIT")
        try second.execute("BEGIN IMMEDIATE; ROLLBACK")
    }

    @Test func `a file is made only where that was asked for`() throws {
        for access in [SQLiteDatabase.Access.readOnly, .readWrite] {
            let error = #expect(throws: SQLiteError.self) { try self.open(access) }
            #expect(error?.code == SQLiteError.cannotOpen)
        }
        try open().execute("CREATE TABLE t (n)")
        let error = #expect(throws: SQLiteError.self) {
            try self.open(.readOnly).execute("DROP TABLE t")
        }
        #expect(error?.code == SQLiteError.readOnly)
    }

    @Test func `a file of something else is no database`() throws {
        try Data(repeating: 65, count: 4_096).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: SQLiteError.self) {
            try self.open().execute("SELECT * FROM sqlite_master")
        }
        #expect(error?.code == SQLiteError.notADatabase)
    }
}
