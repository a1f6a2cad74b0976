import CPostgres

extension PostgresConnection {
    /// Runs one or several statements without parameters.
    package func run(_ sql: String) throws(PostgresError) {
        try begin { PQsendQuery($0, sql) }
        try finish()
    }

    /// Runs one statement, prepared on its first use.
    @discardableResult
    package func query(
        _ sql: String, _ parameters: borrowing PostgresParameters = PostgresParameters()
    ) throws(PostgresError) -> PostgresResult {
        let name = try prepare(sql, parameters.types)
        try send(name, parameters)
        return try finish()
    }

    /// Runs one statement that will not come again: it is planned for these parameters alone.
    @discardableResult
    package func once(
        _ sql: String, _ parameters: borrowing PostgresParameters = PostgresParameters()
    ) throws(PostgresError) -> PostgresResult {
        let types = parameters.types
        try begin { handle in
            PostgresConnection.withValues(parameters) { count, values, lengths, formats in
                PQsendQueryParams(handle, sql, count, types, values, lengths, formats, 1)
            }
        }
        return try finish()
    }

    /// Runs a batch of one statement's parameters without waiting in between, as one transaction:
    /// all, or an error and none. `fill` gives the parameters of each.
    package func pipeline(
        _ sql: String, types: [UInt32], count: Int,
        _ fill: (Int, inout PostgresParameters) -> Void
    ) throws(PostgresError) {
        let name = try prepare(sql, types)
        guard let handle, PQenterPipelineMode(handle) == 1 else { throw refusal() }
        var first: PostgresError?
        do throws(PostgresError) {
            isWaiting = true
            for index in 0..<count {
                var parameters = PostgresParameters(capacity: 2048)
                fill(index, &parameters)
                let sent = PostgresConnection.withValues(parameters) {
                    PQsendQueryPrepared(handle, name, $0, $1, $2, $3, 1)
                }
                guard sent == 1 else { throw refusal() }
                if index % 64 == 63 { try flush() }
            }
            guard PQpipelineSync(handle) == 1 else { throw refusal() }
            try flush()
            while let result = try nextPipelined() {
                defer { PQclear(result) }
                if PQresultStatus(result) == PGRES_PIPELINE_SYNC { break }
                if let error = failure(result), first == nil { first = error }
            }
        } catch {
            close()
            throw error
        }
        isWaiting = false
        if isOpen { PQexitPipelineMode(handle) }
        if let first { throw first }
    }

    /// In a pipeline a nil only parts the statements.
    private func nextPipelined() throws(PostgresError) -> OpaquePointer? {
        if let result = try nextResult() { return result }
        return try nextResult()
    }

    private func prepare(_ sql: String, _ types: [UInt32]) throws(PostgresError) -> String {
        if let known = prepared[sql] { return known }
        if prepared.count >= 200 {
            try run("DEALLOCATE ALL")
            prepared = [:]
        }
        statements += 1
        let name = "s\(statements)"
        try begin { PQsendPrepare($0, name, sql, Int32(types.count), types) }
        try finish()
        prepared[sql] = name
        return name
    }

    private func send(
        _ name: String, _ parameters: borrowing PostgresParameters
    ) throws(PostgresError) {
        try begin { handle in
            PostgresConnection.withValues(parameters) {
                PQsendQueryPrepared(handle, name, $0, $1, $2, $3, 1)
            }
        }
    }

    func refusal() -> PostgresError {
        guard let handle, isOpen else { return lost("the connection is closed") }
        return PostgresError(
            .misuse, PQerrorMessage(handle).map { String(cString: $0).trimmed } ?? "refused")
    }

    func begin(_ send: (OpaquePointer) -> Int32) throws(PostgresError) {
        guard let handle, isOpen else { throw lost("the connection is closed") }
        guard send(handle) == 1 else { throw refusal() }
        isWaiting = true
        try flush()
    }

    /// Waits for the end of what was sent. The first error counts; the rest is read all the same.
    @discardableResult
    func finish() throws(PostgresError) -> PostgresResult {
        var last: OpaquePointer?
        var first: PostgresError?
        while let result = try nextResult() {
            if let error = failure(result) {
                PQclear(result)
                first = first ?? error
                if error.kind == .lost { break }
                continue
            }
            if let last { PQclear(last) }
            last = result
        }
        isWaiting = false
        if let first {
            if let last { PQclear(last) }
            throw first
        }
        guard let last else { throw PostgresError(.misuse, "the statement is empty") }
        return PostgresResult(last)
    }

    private static func withValues(
        _ parameters: borrowing PostgresParameters,
        _ body: (
            Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?,
            UnsafePointer<Int32>?
        ) -> Int32
    ) -> Int32 {
        let base = parameters.buffer.bytes.baseAddress
        let values = parameters.places.map { place in
            place.flatMap { place in
                base.map { ($0 + place.offset).assumingMemoryBound(to: CChar.self) }
            }
        }
        let lengths = parameters.places.map { Int32($0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: values.count)
        return body(Int32(values.count), values, lengths, formats)
    }
}
