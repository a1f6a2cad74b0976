import Foundation
import PlanStores
import SQLite

/// A file in a folder of its own, a store on it, and a connection beside the store.
final class SQLiteFixture {
    let folder: String
    let path: String
    let store: SQLiteStore

    init(
        table: String = "products", _ change: (inout SQLiteStoreConfiguration) -> Void = { _ in }
    ) throws {
        folder = NSTemporaryDirectory() + "/crossfade-sqlite-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        path = folder + "/store.db"
        var configuration = SQLiteStoreConfiguration(path: path, table: table)
        change(&configuration)
        store = SQLiteStore(configuration: configuration)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func beside() throws -> SQLiteDatabase {
        try SQLiteDatabase(path: path, access: .readWriteCreate, busyTimeout: 5_000)
    }
}
