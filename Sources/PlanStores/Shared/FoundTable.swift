/// A table of an SQL database that may hold a collection, as the database itself tells of it.
package struct FoundTable: Hashable, Sendable {
    package struct Column: Hashable, Sendable {
        package var name: String
        /// In lower case: `integer`, `blob`, `jsonb`, `vector`, …
        package var type: String
        /// The whole primary key.
        package var isKey: Bool
        /// A vector's column that a plan made: it says its vector's name itself.
        package var isOurs = false
    }

    /// PostgreSQL's; empty elsewhere.
    package var schema = ""
    package var name: String
    package var columns: [Column] = []
    /// A virtual table of sqlite-vec, whose columns its own declaration says.
    package var isVec0 = false
}
