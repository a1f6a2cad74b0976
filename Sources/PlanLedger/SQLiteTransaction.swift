import PlanCore
import SQLite

/// The ledger's rows in SQLite, inside one transaction of one connection.
struct SQLiteTransaction: LedgerTransaction {
    let database: SQLiteDatabase

    /// Binds in order: text, integers, reals, nil.
    func run(_ sql: String, _ values: (any LedgerColumn)?...) throws {
        let statement = try database.statement(sql)
        try bind(values, to: statement)
        try statement.run()
    }

    func rows<Row>(
        _ sql: String, _ values: (any LedgerColumn)?..., read: (SQLiteStatement) throws -> Row
    ) throws -> [Row] {
        let statement = try database.statement(sql)
        try bind(values, to: statement)
        var rows: [Row] = []
        while try statement.step() { rows.append(try read(statement)) }
        statement.reset()
        return rows
    }

    func integer(_ sql: String, _ values: (any LedgerColumn)?...) throws -> Int64 {
        let statement = try database.statement(sql)
        try bind(values, to: statement)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }

    private func bind(_ values: [(any LedgerColumn)?], to statement: SQLiteStatement) throws {
        for (index, value) in values.enumerated() {
            if let value {
                try value.bind(to: statement, Int32(index + 1))
            } else {
                try statement.bindNull(Int32(index + 1))
            }
        }
    }

    func key(_ text: String) throws -> RecordID {
        guard let key = RecordID(canonical: text) else {
            throw LedgerError.unreadable("'\(text)' is no key")
        }
        return key
    }

    func side(_ text: String) throws -> Side {
        guard let side = Side(rawValue: text) else {
            throw LedgerError.unreadable("'\(text)' is no side")
        }
        return side
    }

    func optionalKey(_ statement: SQLiteStatement, _ column: Int32) throws -> RecordID? {
        statement.isNull(column) ? nil : try key(statement.text(column))
    }
}

protocol LedgerColumn {
    func bind(to statement: SQLiteStatement, _ index: Int32) throws
}

extension String: LedgerColumn {
    func bind(to statement: SQLiteStatement, _ index: Int32) throws {
        try statement.bind(index, self)
    }
}

extension Int64: LedgerColumn {
    func bind(to statement: SQLiteStatement, _ index: Int32) throws {
        try statement.bind(index, self)
    }
}

extension Int: LedgerColumn {
    func bind(to statement: SQLiteStatement, _ index: Int32) throws {
        try statement.bind(index, Int64(self))
    }
}

extension Double: LedgerColumn {
    func bind(to statement: SQLiteStatement, _ index: Int32) throws {
        try statement.bind(index, self)
    }
}
