import Postgres
import TestServers
import Testing

@Suite struct PostgresTests {
    private static func connect() throws -> PostgresConnection {
        try PostgresServer.connect(try PostgresServer.shared().makeDatabase())
    }

    @Test func `parameters and results keep every byte`() throws {
        let connection = try Self.connect()
        var parameters = PostgresParameters()
        parameters.add(Int64.min)
        parameters.add("quote ' \" \\ é 🙂")
        parameters.add(-1.5e-300)
        parameters.add(true)
        parameters.addNull(type: PostgresType.text)
        parameters.add(["a", "", "{,}"])
        let row = try connection.query(
            "SELECT $1::int8, $2::text, $3::float8, $4::bool, $5::text, $6::text[] = "
                + "ARRAY['a', '', '{,}']", parameters)
        #expect(row.integer(0, 0) == .min)
        #expect(row.text(0, 1) == "quote ' \" \\ é 🙂")
        #expect(row.double(0, 2) == -1.5e-300)
        #expect(row.bool(0, 3) == true)
        #expect(row.bytes(0, 4) == nil)
        #expect(row.bool(0, 5) == true)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 384])
    func `floats cross in the order of the wire`(count: Int) throws {
        let floats = (0..<count).map { Float($0) * 1.25 - 3 }
        var buffer = PostgresBuffer()
        buffer.append(floats: floats)
        let bytes = floats.flatMap { value in
            withUnsafeBytes(of: value.bitPattern.bigEndian) { Array($0) }
        }
        #expect(Array(buffer.bytes) == bytes)
        var reader = PostgresReader(buffer.bytes)
        #expect(reader.take(floats: count) == floats)
        #expect(reader.take(UInt8.self) == nil)
    }

    @Test func `rows go in and out through binary COPY`() throws {
        let connection = try Self.connect()
        try connection.run("CREATE TABLE rows (id int8, name text)")
        let written = try connection.copyIn(
            "COPY rows FROM STDIN (FORMAT binary)", rows: 50_000, columns: 2
        ) { row, buffer in
            buffer.appendField {
                $0.append(Int64(row))
                return true
            }
            buffer.appendField {
                $0.append(utf8: "row \(row)")
                return row % 3 != 0
            }
        }
        #expect(written == 50_000)
        var next: Int64 = 0
        var wrong = 0
        try connection.copyOut("COPY (SELECT * FROM rows ORDER BY id) TO STDOUT (FORMAT binary)") {
            row in
            var reader = PostgresReader(row[0] ?? UnsafeRawBufferPointer(start: nil, count: 0))
            let name = row[1].map { String(decoding: $0, as: UTF8.self) }
            if reader.take(Int64.self) != next { wrong += 1 }
            if name != (next % 3 == 0 ? nil : "row \(next)") { wrong += 1 }
            next += 1
        }
        #expect(next == 50_000)
        #expect(wrong == 0)
        #expect(try connection.query("SELECT count(*) FROM rows").integer(0, 0) == 50_000)
    }

    @Test func `a COPY that the server refuses leaves the connection usable`() throws {
        let connection = try Self.connect()
        try connection.run("CREATE TABLE rows (id int8 PRIMARY KEY)")
        #expect {
            try connection.copyIn(
                "COPY rows FROM STDIN (FORMAT binary)", rows: 10, columns: 1
            ) { _, buffer in
                buffer.appendField {
                    $0.append(Int64(1))
                    return true
                }
            }
        } throws: { error in
            (error as? PostgresError)?.code == "23505"
        }
        #expect(try connection.query("SELECT count(*) FROM rows").integer(0, 0) == 0)
    }

    @Test func `a pipeline is all or nothing`() throws {
        let connection = try Self.connect()
        try connection.run("CREATE TABLE rows (id int8 PRIMARY KEY)")
        func insert(_ values: [Int64]) throws {
            try connection.pipeline(
                "INSERT INTO rows VALUES ($1)", types: [PostgresType.int8], count: values.count
            ) { index, parameters in
                parameters.add(values[index])
            }
        }
        try insert((0..<1_000).map { Int64($0) })
        #expect {
            try insert([5_000, 5_001, 3, 5_002])
        } throws: { error in
            (error as? PostgresError)?.code == "23505"
        }
        #expect(try connection.query("SELECT count(*) FROM rows").integer(0, 0) == 1_000)
    }

    @Test func `an error has the server's code, and a deadline closes the connection`() throws {
        let connection = try Self.connect()
        #expect {
            try connection.run("SELECT nosuch")
        } throws: { error in
            (error as? PostgresError)?.code == "42703"
        }
        #expect(connection.isOpen)
        connection.deadline = ContinuousClock.now + .milliseconds(50)
        #expect {
            try connection.run("SELECT pg_sleep(30)")
        } throws: { error in
            (error as? PostgresError)?.kind == .timeout
        }
        #expect(!connection.isOpen)
    }
}
