import Glibc
import PlanCore

/// Writes one part: a line and a row of each dense vector for every record, in the order they come.
final class FilesPartWriter {
    private struct Output {
        let path: String
        let fd: Int32
        var buffer: [UInt8] = []
        var written = 0
    }

    private let path: String
    private let specs: [VectorSpec]
    private let operation: String
    private var lines: Output
    private var vectors: [Output] = []
    private(set) var rows = 0

    /// - Parameter path: without the files' endings.
    init(_ path: String, _ specs: [VectorSpec], _ operation: String) throws {
        self.path = path
        self.specs = specs
        self.operation = operation
        lines = try FilesPartWriter.output(path + ".jsonl", operation)
        for (place, spec) in specs.enumerated() where !spec.isSparse {
            var output = try FilesPartWriter.output(
                path + FilesManifest.suffix(spec, place), operation)
            output.buffer = NumpyHeader(rows: 0, dimension: spec.dimension).bytes
            vectors.append(output)
        }
    }

    deinit {
        close(lines.fd)
        for output in vectors { close(output.fd) }
    }

    private static func output(_ path: String, _ operation: String) throws -> Output {
        let fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard fd >= 0 else { throw FilesFailure.system("write", path, operation) }
        return Output(path: path, fd: fd)
    }

    /// Where the line begins.
    ///
    /// - Parameter rows: of the dense vectors in the specs' order, one after the other.
    func add(line: some Collection<UInt8>, rows bytes: UnsafeRawBufferPointer) throws -> Int {
        let start = lines.written + lines.buffer.count
        lines.buffer.append(contentsOf: line)
        lines.buffer.append(10)
        try drain(&lines, above: 1 << 20)
        var offset = 0
        var place = 0
        for spec in specs where !spec.isSparse {
            let row = bytes[offset..<(offset + spec.dimension * 4)]
            vectors[place].buffer.append(contentsOf: row)
            try drain(&vectors[place], above: 1 << 20)
            offset += spec.dimension * 4
            place += 1
        }
        rows += 1
        return start
    }

    private func drain(_ output: inout Output, above limit: Int) throws {
        guard output.buffer.count > limit else { return }
        guard output.buffer.withUnsafeBytes({ FilesDisk.write($0, to: output.fd) }) else {
            throw FilesFailure.system("write", output.path, operation)
        }
        output.written += output.buffer.count
        output.buffer.removeAll(keepingCapacity: true)
    }

    /// The part is whole and lasts.
    ///
    /// - Parameter deleted: lines that name what this part takes away from those before it.
    func finish(deleted: [[UInt8]]) throws {
        try seal(&lines)
        var place = 0
        for spec in specs where !spec.isSparse {
            try drain(&vectors[place], above: 0)
            let header = NumpyHeader(rows: rows, dimension: spec.dimension).bytes
            let fd = vectors[place].fd
            guard
                header.withUnsafeBytes({ pwrite(fd, $0.baseAddress, $0.count, 0) })
                    == header.count
            else { throw FilesFailure.system("write", vectors[place].path, operation) }
            try seal(&vectors[place])
            place += 1
        }
        if !deleted.isEmpty {
            var output = try FilesPartWriter.output(path + ".deleted.jsonl", operation)
            defer { close(output.fd) }
            output.buffer = deleted.flatMap { $0 + [10] }
            try seal(&output)
        }
        try FilesDisk.syncFolder(of: path, operation)
    }

    private func seal(_ output: inout Output) throws {
        try drain(&output, above: 0)
        guard fsync(output.fd) == 0 else {
            throw FilesFailure.system("sync", output.path, operation)
        }
    }
}
