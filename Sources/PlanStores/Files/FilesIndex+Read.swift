import JSON
import PlanCore
import SQLite

extension FilesIndex {
    /// Where a record lies; its line and vectors where they are in the tail.
    struct Entry {
        var id: RecordID
        var part: Int
        var row: Int
        var at: Int
        var size: Int
        /// Where the payload begins in the line; 0 where nobody looked.
        var body: Int
        var line: [UInt8]?
        var vectors: [UInt8]?
    }

    static let entries = """
        SELECT r.key, r.part, r.row, r.at, r.size, r.body, t.line, t.vectors
        FROM records AS r LEFT JOIN tail AS t ON r.part = 0 AND t.key = r.key
        """

    func entry(_ row: SQLiteStatement) -> Entry {
        var entry = Entry(
            id: FilesKey.id(row.blob(0)), part: Int(row.integer(1)), row: Int(row.integer(2)),
            at: Int(row.integer(3)), size: Int(row.integer(4)), body: Int(row.integer(5)))
        if entry.part == 0 {
            entry.line = [UInt8](row.blob(6))
            entry.vectors = [UInt8](row.blob(7))
        }
        return entry
    }

    func bind(_ id: RecordID, to statement: SQLiteStatement, _ index: Int32) throws {
        try FilesKey.bytes(id).withUnsafeBytes { try statement.bind(index, blob: $0) }
    }

    func entry(of id: RecordID) throws -> Entry? {
        guard let id = description.idKind.normalize(id) else { return nil }
        let select = try database.statement(FilesIndex.entries + " WHERE r.key = ?1")
        try bind(id, to: select, 1)
        defer { select.reset() }
        return try select.step() ? entry(select) : nil
    }

    func get(_ id: RecordID, _ projection: Projection) throws -> Record? {
        try entry(of: id).map { try record($0, projection) }
    }

    func line(_ entry: Entry) throws -> [UInt8] {
        try entry.line ?? part(entry.part).line(at: entry.at, count: entry.size)
    }

    func record(_ entry: Entry, _ projection: Projection) throws -> Record {
        var record = Record(id: entry.id, vectors: [:])
        if projection == .idsOnly { return record }
        let line = try line(entry)
        if projection == .full { try addVectors(of: entry, line, to: &record) }
        try addPayload(of: entry, line, to: &record)
        return record
    }

    private func addPayload(
        of entry: Entry, _ line: [UInt8], to record: inout Record
    ) throws {
        do {
            let value: JSONValue? = try line.withUnsafeBytes { bytes in
                guard entry.body > 0 else {
                    guard case .object(let fields) = try JSON.parseExactly(bytes: bytes) else {
                        return nil
                    }
                    return fields["payload"] ?? .object([:])
                }
                let payload = UnsafeRawBufferPointer(
                    rebasing: bytes[entry.body..<(bytes.count - 1)])
                if let text = scan.payload(payload) {
                    record.payloadText = text
                    return .null
                }
                return try JSON.parseExactly(bytes: payload)
            }
            if record.payloadText != nil { return }
            guard case .object(let fields)? = value else { throw JSONError("it is no object") }
            record.payload = fields
        } catch let error as JSONError {
            throw FilesFailure.error(
                .corrupt, "the payload of '\(entry.id.text)' is no JSON object: \(error.message)",
                "read", ids: [entry.id])
        }
    }

    private func addVectors(
        of entry: Entry, _ line: [UInt8], to record: inout Record
    ) throws {
        for (place, spec) in description.vectors.enumerated() where !spec.isSparse {
            if let values = try dense(of: entry, place) {
                record[vector: spec.name] = .dense(values)
            }
        }
        guard description.vectors.contains(where: \.isSparse) else { return }
        for (name, vector) in sparse(of: entry, line) { record[vector: name] = vector }
    }

    /// nil where the record has none: its row is not a number.
    private func dense(of entry: Entry, _ place: Int) throws -> [Float]? {
        let count = description.vectors[place].dimension
        let values = try [Float](unsafeUninitializedCapacity: count) { buffer, filled in
            try read(place, of: entry, into: UnsafeMutableRawBufferPointer(buffer))
            filled = count
        }
        return values.first?.isNaN == true ? nil : values
    }

    /// A dense vector's bytes, wherever they lie.
    func read(
        _ place: Int, of entry: Entry, into buffer: UnsafeMutableRawBufferPointer
    ) throws {
        guard let held = entry.vectors else {
            return try part(entry.part).read(place, row: entry.row, into: buffer)
        }
        let start = description.vectors[..<place]
            .reduce(0) { $0 + ($1.isSparse ? 0 : $1.dimension * 4) }
        guard held.count >= start + buffer.count else {
            throw FilesFailure.corrupt(path, "holds a torn record", "read")
        }
        held.withUnsafeBytes {
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + buffer.count)]))
        }
    }

    func sparse(of entry: Entry, _ line: [UInt8]) -> [String: Vector] {
        guard FilesLine.hasVectors(line, payload: entry.body),
            let document = try? JSONDocument.parse(line)
        else { return [:] }
        return FilesLine.vectors(document.root)
    }

    /// The next entries of a range in key order, the ids alone where nothing else is asked for.
    func page(
        _ range: KeyRange, after cursor: RecordID?, limit: Int, idsOnly: Bool
    ) throws -> [Entry] {
        var conditions: [String] = []
        let lower = cursor ?? range.after
        if lower != nil { conditions.append("r.key > ?") }
        if range.through != nil { conditions.append("r.key <= ?") }
        let condition =
            conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        let columns =
            idsOnly
            ? "SELECT r.key, -1, 0, 0, 0, 0 FROM records AS r" : FilesIndex.entries
        let select = try database.statement(
            "\(columns)\(condition) ORDER BY r.key LIMIT \(limit)")
        defer { select.reset() }
        var place: Int32 = 1
        for bound in [lower, range.through].compactMap({ $0 }) {
            try bind(bound, to: select, place)
            place += 1
        }
        var entries: [Entry] = []
        while try select.step() { entries.append(entry(select)) }
        return entries
    }

    /// Walks a range page by page, in one read transaction, until the body says false.
    func walk(
        _ range: KeyRange, after cursor: RecordID? = nil, idsOnly: Bool = false,
        _ body: (Entry) throws -> Bool
    ) throws {
        var cursor = cursor
        while true {
            let page = try page(range, after: cursor, limit: 500, idsOnly: idsOnly)
            for entry in page {
                guard try body(entry) else { return }
            }
            guard page.count == 500, let last = page.last else { return }
            cursor = last.id
        }
    }
}
