import Foundation
import JSON
import PlanCore
import SQLite

/// A source with text ids, made past every check of the project: as an application would have.
struct OddRecords {
    typealias Row = (id: String, payload: String, vector: [Float]?)

    /// What both stores can hold.
    static let sound: [Row] = [
        ("plain", "{}", [1, 0, 0]),
        ("b\n\"'\\;-- ${x} %s", #"{"int":9007199254740993,"tiny":5e-324,"f":0.1}"#, [0, 1, 0]),
        (
            "😀 é\u{301}", #"{"😀":"é😀\n\t\"","none":null,"big":123456789012345678901234567890}"#,
            [0, 0, 1]
        ),
        (
            String(repeating: "x", count: 2_000),
            #"{"large":"\#(String(repeating: "y", count: 300_000))"}"#, [1, 1, 1]
        ),
        (
            " ",
            #"{"deep":\#(String(repeating: "[", count: 60))\#(String(repeating: "]", count: 60))}"#,
            [1, 2, 3]
        ),
    ]

    /// What a pgvector table cannot hold, and a word of why.
    static let unfit: [(row: Row, why: String)] = [
        (("", "{}", [1, 2, 3]), "the id is empty"),
        (("nu\0l", "{}", [1, 2, 3]), "holds NUL"),
        ((String(repeating: "z", count: 3_000), "{}", [1, 2, 3]), "3000 bytes"),
        (("text", #"{"t":["a\u0000b"]}"#, [1, 2, 3]), "holds NUL (U+0000)"),
        (("nan", "{}", [1, .nan, 3]), "NaN or an infinity"),
        (("inf", "{}", [1, -.infinity, 3]), "NaN or an infinity"),
        (("short", "{}", [1, 2]), "2 entries where 3 belong"),
    ]

    static func make(_ rows: [Row], at path: String) throws {
        let database = try SQLiteDatabase(path: path, access: .readWriteCreate)
        try database.execute(
            "CREATE TABLE IF NOT EXISTS packages (id TEXT PRIMARY KEY NOT NULL, "
                + "payload TEXT NOT NULL DEFAULT '{}', vector BLOB)")
        for row in rows {
            let insert = try database.statement("INSERT INTO packages VALUES (?, ?, ?)")
            try insert.bind(1, row.id)
            try insert.bind(2, row.payload)
            if let vector = row.vector {
                try insert.bind(3, floats: vector)
            } else {
                try insert.bindNull(3)
            }
            try insert.run()
        }
    }
}
