import SQLite

/// The tables of the ledger, format 2. Golden: a change is a new format, and a way there from each.
enum LedgerSchema {
    static let format: Int64 = 2

    static let tables = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE route (
            one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL,
            authority TEXT NOT NULL, follower TEXT, weight INTEGER NOT NULL,
            mirror INTEGER NOT NULL, ack TEXT NOT NULL,
            hold TEXT, weight_before INTEGER, held_for_ms INTEGER);
        CREATE TABLE owner (
            number INTEGER PRIMARY KEY AUTOINCREMENT, role TEXT NOT NULL, host TEXT NOT NULL,
            process INTEGER NOT NULL);
        CREATE TABLE intent (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL, owner INTEGER NOT NULL,
            epoch INTEGER NOT NULL, authority TEXT NOT NULL, purpose TEXT NOT NULL);
        CREATE INDEX intent_key ON intent (key);
        CREATE TABLE dirty (
            key TEXT PRIMARY KEY, since REAL NOT NULL, attempts INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX dirty_since ON dirty (since, key);
        CREATE TABLE span (
            id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, after TEXT, through TEXT,
            epoch INTEGER NOT NULL, authority TEXT NOT NULL, purpose TEXT NOT NULL);
        CREATE TABLE touched (
            span INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (span, key)) WITHOUT ROWID;
        CREATE TABLE refused (
            key TEXT PRIMARY KEY, reason TEXT NOT NULL, side TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE chunk (
            task TEXT NOT NULL, number INTEGER NOT NULL, after TEXT, through TEXT, cursor TEXT,
            state TEXT NOT NULL, owner INTEGER, counters TEXT NOT NULL,
            PRIMARY KEY (task, number)) WITHOUT ROWID;
        CREATE TABLE gateway (
            owner INTEGER PRIMARY KEY, name TEXT NOT NULL, acknowledged INTEGER NOT NULL,
            seen REAL NOT NULL, requests INTEGER NOT NULL);
        CREATE TABLE request (
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, argument TEXT NOT NULL,
            user TEXT NOT NULL, time REAL NOT NULL);
        CREATE TABLE observation (
            gateway INTEGER NOT NULL, sequence INTEGER NOT NULL, metric TEXT NOT NULL,
            counts TEXT NOT NULL, PRIMARY KEY (gateway, sequence, metric)) WITHOUT ROWID;
        CREATE TABLE status (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
        """

    static func create(_ database: SQLiteDatabase, id: String, epoch: Int64) throws(SQLiteError) {
        try database.execute(tables)
        for (name, value) in [("format", String(format)), ("id", id)] {
            try add(database, name, value)
        }
        let route = try database.statement(
            "INSERT INTO route VALUES (1, ?1, 'source', NULL, 0, 0, 'authority', NULL, NULL, NULL)")
        try route.bind(1, epoch)
        try route.run()
    }

    /// From format 1, whose refused keys do not say who refused them: the follower is taken for
    /// it, as that build did. Of several processes that open it, the first does it.
    static func raise(_ database: SQLiteDatabase) throws(SQLiteError) {
        // Who only looks waits for nobody's commit.
        guard try value(database, "format") == "1" else { return }
        try database.execute("BEGIN IMMEDIATE")
        do {
            if try value(database, "format") == "1" {
                try database.execute(
                    """
                    ALTER TABLE refused ADD COLUMN side TEXT NOT NULL DEFAULT 'target';
                    UPDATE refused SET side = 'source'
                        WHERE (SELECT authority FROM route) = 'target';
                    UPDATE meta SET value = '2' WHERE name = 'format';
                    """)
            }
            try database.execute("COMMIT")
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
    }

    /// Which file it was made as.
    static let inode = "inode"

    static func add(
        _ database: SQLiteDatabase, _ name: String, _ value: String
    ) throws(SQLiteError) {
        let insert = try database.statement("INSERT INTO meta VALUES (?1, ?2)")
        try insert.bind(1, name)
        try insert.bind(2, value)
        try insert.run()
    }

    static func value(_ database: SQLiteDatabase, _ name: String) throws(SQLiteError) -> String? {
        let select = try database.statement("SELECT value FROM meta WHERE name = ?1")
        try select.bind(1, name)
        defer { select.reset() }
        return try select.step() ? select.text(0) : nil
    }
}
