import Glibc
import JSON
import PlanCore
import SQLite

/// Makes an index from the parts alone: of a collection that was copied without one, restored from
/// a backup, or written by another program. Later parts win.
struct FilesRebuild {
    let configuration: FilesStoreConfiguration
    let operation: String

    /// nil where the collection went meanwhile. One process at a time does it; the others find its
    /// work.
    func run() throws -> FilesIndex? {
        let folder = open(configuration.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return nil }
        defer { close(folder) }
        guard flock(folder, LOCK_EX) == 0 else {
            throw FilesFailure.system("lock", configuration.path, operation)
        }
        guard let manifest = try FilesManifest.load(configuration, operation) else { return nil }
        let name: String
        if let known = manifest.index, FilesDisk.exists("\(configuration.path)/\(known)") {
            name = known
        } else {
            guard manifest.isComplete else {
                throw FilesFailure.corrupt(
                    configuration.path,
                    "lacks its index, which held what is in no part yet; put it back, or write "
                        + "'\"complete\": true' into the manifest to go on without", operation)
            }
            name = FilesIndex.newName()
            try make(name, manifest)
        }
        return try FilesIndex(configuration, name: name, description: manifest.description)
    }

    private func make(_ name: String, _ manifest: FilesManifest) throws {
        let path = "\(configuration.path)/\(name)"
        var isWhole = false
        defer { if !isWhole { unlink(path) } }
        try FilesIndex.make(path)
        let index = try FilesIndex(configuration, name: name, description: manifest.description)
        try index.database.execute("BEGIN IMMEDIATE")
        for part in manifest.parts {
            try remember(part, index)
            try takeAway(part, index)
            try read(part, index)
        }
        let last = manifest.parts.map { part in
            max(part.number, Int(part.name.drop { !$0.isNumber }) ?? 0)
        }
        try index.setMeta("next_part", Int64((last.max() ?? 0) + 1))
        try index.database.execute("COMMIT")
        try index.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try index.writeManifest(isComplete: true, operation)
        isWhole = true
    }

    private func remember(_ part: FilesManifest.Part, _ index: FilesIndex) throws {
        let insert = try index.database.statement("INSERT INTO parts VALUES (?1, ?2, ?3, ?4)")
        try insert.bind(1, Int64(part.number))
        try insert.bind(2, part.name)
        try insert.bind(3, Int64(part.rows))
        try insert.bind(4, Int64(part.deleted))
        try insert.run()
    }

    private func takeAway(_ part: FilesManifest.Part, _ index: FilesIndex) throws {
        guard part.deleted > 0 else { return }
        let path = "\(configuration.path)/\(part.name).deleted.jsonl"
        guard let bytes = try FilesDisk.read(path, operation) else {
            throw FilesFailure.corrupt(path, "is missing; the manifest names it", operation)
        }
        for line in bytes.split(separator: 10) {
            let value = try? line.withUnsafeBytes { try JSON.parse(bytes: $0) }
            guard let id = FilesLine.id(value, index.description.idKind) else {
                throw FilesFailure.corrupt(path, "holds a line that is no id", operation)
            }
            try index.delete(id)
        }
        try index.database.execute("DELETE FROM gone")
    }

    private func read(_ part: FilesManifest.Part, _ index: FilesIndex) throws {
        let path = "\(configuration.path)/\(part.name)"
        let files: FilesPart
        do {
            files = try FilesPart(path, index.description.vectors)
        } catch is FilesPart.Gone {
            throw FilesFailure.corrupt(
                path, "has no .jsonl, or no .npy for each of its vectors", operation)
        }
        guard files.rows.allSatisfy({ $0 == part.rows }) else {
            throw FilesFailure.corrupt(
                path, "has \(files.rows) rows of vectors where the manifest says \(part.rows)",
                operation)
        }
        var row = 0
        try FilesLines(path + ".jsonl", operation).each { line, offset in
            try place(line, at: offset, row: row, part, index)
            row += 1
        }
        guard row == part.rows else {
            throw FilesFailure.corrupt(
                path + ".jsonl", "has \(row) lines where the manifest says \(part.rows)",
                operation)
        }
    }

    private func place(
        _ line: ArraySlice<UInt8>, at offset: Int, row: Int, _ part: FilesManifest.Part,
        _ index: FilesIndex
    ) throws {
        let value = try? line.withUnsafeBytes { try JSONDocument(bytes: $0).root["id"]?.value }
        guard let id = FilesLine.id(value, index.description.idKind) else {
            throw FilesFailure.corrupt(
                "\(configuration.path)/\(part.name).jsonl",
                "has no id of kind \(index.description.idKind.rawValue) in line \(row + 1)",
                operation)
        }
        let insert = try index.database.statement(
            "INSERT OR REPLACE INTO records VALUES (?1, ?2, ?3, ?4, ?5, 0)")
        try index.bind(id, to: insert, 1)
        try insert.bind(2, Int64(part.number))
        try insert.bind(3, Int64(row))
        try insert.bind(4, Int64(offset))
        try insert.bind(5, Int64(line.count))
        try insert.run()
    }
}

/// A file's lines, a piece of it at a time.
struct FilesLines {
    let path: String
    let operation: String

    init(_ path: String, _ operation: String) {
        self.path = path
        self.operation = operation
    }

    /// Each line without its newline, and where it begins. The last need not end with one.
    func each(_ body: (ArraySlice<UInt8>, Int) throws -> Void) throws {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw FilesFailure.system("read", path, operation) }
        defer { close(fd) }
        var rest: [UInt8] = []
        var start = 0
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let read = start + rest.count
            let count = piece.withUnsafeMutableBytes { FilesDisk.fill($0, fd, at: read) }
            if count == 0 { break }
            rest += piece[..<count]
            var from = rest.startIndex
            while let end = rest[from...].firstIndex(of: 10) {
                try body(rest[from..<end], start + from)
                from = end + 1
            }
            rest.removeSubrange(..<from)
            start += from
        }
        if !rest.isEmpty { try body(rest[...], start) }
    }
}
