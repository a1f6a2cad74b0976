import PlanCore

/// Where a collection lives in a SQLite file, and what its columns are called.
package struct SQLiteStoreConfiguration: Hashable, Sendable {
    package var path: String
    package var table: String
    package var idColumn = "id"
    /// Column of each vector, by the vector's name.
    package var vectorColumns = [Record.defaultVector: "vector"]
    package var payloadColumn = "payload"
    /// For a table that was not made by us: SQLite cannot say how its vectors are compared.
    package var distance: Distance?
    /// sqlite-vec's library, for one of its tables; it is code that runs in this process.
    package var extensionPath: String?
    /// How long a write may wait for another process's transaction.
    package var deadline: Duration = .seconds(10)
    /// Connections that read.
    package var readers = 2

    /// The column of a vector: as configured, or of the same name.
    func column(of vector: String) -> String { vectorColumns[vector] ?? vector }

    package init(path: String, table: String) {
        self.path = path
        self.table = table
    }
}
