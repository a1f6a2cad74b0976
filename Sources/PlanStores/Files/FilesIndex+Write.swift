import Glibc
import PlanCore
import SQLite

extension FilesIndex {
    /// Writes a checked record into the tail; the bytes it takes there.
    func upsert(_ record: Record) throws -> Int {
        let line = FilesLine(record)
        var vectors: [UInt8] = []
        vectors.reserveCapacity(denseBytes)
        for spec in description.vectors where !spec.isSparse {
            if let values = record[vector: spec.name]?.dense {
                values.withUnsafeBytes { vectors.append(contentsOf: $0) }
            } else {
                let nothing = [Float](repeating: .nan, count: spec.dimension)
                nothing.withUnsafeBytes { vectors.append(contentsOf: $0) }
            }
        }
        let key = FilesKey.bytes(record.id)
        let place = try database.statement(
            """
            INSERT INTO records VALUES (?1, 0, 0, 0, ?2, ?3) ON CONFLICT (key) DO UPDATE
            SET part = 0, row = 0, at = 0, size = excluded.size, body = excluded.body
            """)
        try key.withUnsafeBytes { try place.bind(1, blob: $0) }
        try place.bind(2, Int64(line.bytes.count))
        try place.bind(3, Int64(line.payload))
        try place.run()
        let tail = try database.statement("INSERT OR REPLACE INTO tail VALUES (?1, ?2, ?3)")
        try key.withUnsafeBytes { try tail.bind(1, blob: $0) }
        try line.bytes.withUnsafeBytes { try tail.bind(2, blob: $0) }
        try vectors.withUnsafeBytes { try tail.bind(3, blob: $0) }
        try tail.run()
        try forget(key, from: "gone")
        return line.bytes.count + vectors.count
    }

    private func forget(_ key: [UInt8], from table: String) throws {
        let delete = try database.statement("DELETE FROM \(table) WHERE key = ?1")
        try key.withUnsafeBytes { try delete.bind(1, blob: $0) }
        try delete.run()
    }

    /// False where there was none. A part may still hold an older state of it: the next part says
    /// that it is gone.
    @discardableResult
    func delete(_ id: RecordID) throws -> Bool {
        guard let id = description.idKind.normalize(id) else { return false }
        let key = FilesKey.bytes(id)
        try forget(key, from: "records")
        guard database.changes > 0 else { return false }
        try forget(key, from: "tail")
        let insert = try database.statement("INSERT OR IGNORE INTO gone VALUES (?1)")
        try key.withUnsafeBytes { try insert.bind(1, blob: $0) }
        try insert.run()
        return true
    }

    /// Whether there is anything that is in no part.
    func hasTail() throws -> Bool {
        try number("SELECT EXISTS (SELECT 1 FROM tail) OR EXISTS (SELECT 1 FROM gone)") == 1
    }

    private func nextPart() throws -> FilesManifest.Part {
        let number = Int(try meta("next_part"))
        try setMeta("next_part", Int64(number + 1))
        return FilesManifest.Part(number: number, rows: 0, deleted: 0)
    }

    private func remember(_ part: FilesManifest.Part) throws {
        let insert = try database.statement("INSERT INTO parts VALUES (?1, ?2, ?3, ?4)")
        try insert.bind(1, Int64(part.number))
        try insert.bind(2, part.name)
        try insert.bind(3, Int64(part.rows))
        try insert.bind(4, Int64(part.deleted))
        try insert.run()
    }

    private func move(_ key: [UInt8], to part: Int, row: Int, at offset: Int) throws {
        let update = try database.statement(
            "UPDATE records SET part = ?2, row = ?3, at = ?4 WHERE key = ?1")
        try key.withUnsafeBytes { try update.bind(1, blob: $0) }
        try update.bind(2, Int64(part))
        try update.bind(3, Int64(row))
        try update.bind(4, Int64(offset))
        try update.run()
    }

    /// Makes the tail a part. Under a write transaction: before its commit nobody knows the part,
    /// and its files, should there be no commit, are written over by the next.
    func flush(_ operation: String) throws {
        guard try hasTail() else { return }
        var part = try nextPart()
        let writer = try FilesPartWriter(
            "\(configuration.path)/\(part.name)", description.vectors, operation)
        let select = try database.statement("SELECT key, line, vectors FROM tail ORDER BY key")
        defer { select.reset() }
        while try select.step() {
            let key = [UInt8](select.blob(0))
            let offset = try writer.add(line: select.blob(1), rows: select.blob(2))
            try move(key, to: part.number, row: writer.rows - 1, at: offset)
        }
        select.reset()
        var deleted: [[UInt8]] = []
        let gone = try database.statement("SELECT key FROM gone ORDER BY key")
        defer { gone.reset() }
        while try gone.step() { deleted.append(FilesLine.text(FilesKey.id(gone.blob(0)))) }
        gone.reset()
        try writer.finish(deleted: deleted)
        part.rows = writer.rows
        part.deleted = deleted.count
        try remember(part)
        try database.execute("DELETE FROM tail; DELETE FROM gone")
        try setMeta("tail_bytes", 0)
    }

    /// Whether half of what the parts hold is dead.
    func isWasteful() throws -> Bool {
        let rows = try number("SELECT coalesce(sum(rows + deleted), 0) FROM parts")
        let live = try number("SELECT count(*) FROM records")
        return rows > 2 * live + 100
    }

    /// Writes all that lives into new parts, in key order; the old ones are named by nobody any
    /// more. Under a write transaction, after `flush`.
    func compact(_ operation: String) throws {
        let first = try meta("next_part")
        var cursor: RecordID?
        var part: FilesManifest.Part?
        var writer: FilesPartWriter?
        var vectors = [UInt8](repeating: 0, count: denseBytes)
        func seal() throws {
            guard var done = part, let finished = writer else { return }
            try finished.finish(deleted: [])
            done.rows = finished.rows
            try remember(done)
            (part, writer) = (nil, nil)
        }
        while true {
            let page = try page(.all, after: cursor, limit: 500, idsOnly: false)
            for entry in page {
                if (writer?.rows ?? 0) >= configuration.partRowsMax { try seal() }
                let now = try part ?? nextPart()
                let output =
                    try writer
                    ?? FilesPartWriter(
                        "\(configuration.path)/\(now.name)", description.vectors, operation)
                (part, writer) = (now, output)
                try gather(entry, into: &vectors)
                let line = try line(entry)
                let offset = try vectors.withUnsafeBytes { try output.add(line: line, rows: $0) }
                let key = FilesKey.bytes(entry.id)
                try move(key, to: now.number, row: output.rows - 1, at: offset)
            }
            guard page.count == 500, let last = page.last else { break }
            cursor = last.id
        }
        try seal()
        let forget = try database.statement("DELETE FROM parts WHERE number < ?1")
        try forget.bind(1, first)
        try forget.run()
    }

    private func gather(_ entry: Entry, into vectors: inout [UInt8]) throws {
        try vectors.withUnsafeMutableBytes { all in
            var start = 0
            for (place, spec) in description.vectors.enumerated() where !spec.isSparse {
                let end = start + spec.dimension * 4
                try read(
                    place, of: entry,
                    into: UnsafeMutableRawBufferPointer(rebasing: all[start..<end]))
                start = end
            }
        }
    }

    func partNames() throws -> Set<String> {
        var names: Set<String> = []
        let select = try database.statement("SELECT name FROM parts")
        defer { select.reset() }
        while try select.step() { names.insert(select.text(0)) }
        return names
    }

    /// Takes away files of parts that nobody names: those before a compaction, and what a crash
    /// left. Under a write transaction: who writes a part holds one.
    func sweep(after former: Set<String>) throws {
        let known = try partNames()
        for name in FilesDisk.names(configuration.path) {
            let stem = String(name.prefix { $0 != "." })
            let isPart = former.contains(stem) || name.hasPrefix("part-")
            if isPart, !known.contains(stem) { unlink("\(configuration.path)/\(name)") }
        }
    }
}
