import PlanCore

/// What is said of a table of somebody's own.
enum PostgresAdvice {
    static func walk(_ table: String, _ column: String) -> CollectionDescription.Advice {
        .init(
            message: "the ids of '\(table)' are text in another order than COLLATE \"C\", which "
                + "pages are walked in: each page sorts the whole table",
            hint: "CREATE INDEX CONCURRENTLY ON \(PostgresShape.quoted(table)) "
                + "(\(PostgresShape.quoted(column)) COLLATE \"C\")")
    }

    static func unnamed(_ columns: [String], _ table: String) -> CollectionDescription.Advice {
        let names = columns.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
        let more = columns.count > 8 ? " and \(columns.count - 8) more" : ""
        return .init(
            message: "the plan names no field for \(names)\(more) of '\(table)': of a source they "
                + "are not carried, in a target's new rows they get their defaults",
            hint: "name what is to be carried under 'payload: {columns: […]}', or under 'vectors'")
    }

    /// Rows could come twice, and a page could end between two of one id.
    static func noKey(_ table: String, _ column: String) -> StoreError {
        PostgresFailure.refused(
            "the table '\(table)' has no unique index of its id column '\(column)' alone; name "
                + "another under 'id', or make one: CREATE UNIQUE INDEX CONCURRENTLY ON "
                + "\(PostgresShape.quoted(table)) (\(PostgresShape.quoted(column)))", "describe")
    }
}
