import Glibc
import PlanCore

/// An open part: lines and vectors by their places.
///
/// Not `Sendable`: it belongs to one channel. What it has open stays readable when a compaction
/// takes the files away.
final class FilesPart {
    /// The part's files went while it was being looked up: look again.
    struct Gone: Error {}

    private let path: String
    private let lines: Int32
    /// In the specs' order; nil for a sparse vector.
    private var vectors: [(fd: Int32, header: NumpyHeader)?] = []

    init(_ path: String, _ specs: [VectorSpec]) throws {
        self.path = path
        lines = open(path + ".jsonl", O_RDONLY | O_CLOEXEC)
        guard lines >= 0 else { throw FilesPart.failure(path + ".jsonl") }
        for (place, spec) in specs.enumerated() {
            guard !spec.isSparse else {
                vectors.append(nil)
                continue
            }
            let name = path + FilesManifest.suffix(spec, place)
            let fd = open(name, O_RDONLY | O_CLOEXEC)
            guard fd >= 0 else { throw FilesPart.failure(name) }
            var head = [UInt8](repeating: 0, count: 4_096)
            let count = head.withUnsafeMutableBytes { FilesDisk.fill($0, fd, at: 0) }
            guard let header = NumpyHeader(Array(head.prefix(count))),
                header.dimension == spec.dimension
            else {
                close(fd)
                throw FilesFailure.corrupt(
                    name, "holds no rows of \(spec.dimension) float32 numbers", "read")
            }
            vectors.append((fd, header))
        }
    }

    deinit {
        close(lines)
        for vector in vectors { if let vector { close(vector.fd) } }
    }

    private static func failure(_ path: String) -> any Error {
        errno == ENOENT ? Gone() : FilesFailure.system("open", path, "read")
    }

    /// Rows of each dense vector's file.
    var rows: [Int] { vectors.compactMap { $0?.header.rows } }

    func line(at offset: Int, count: Int) throws -> [UInt8] {
        guard let bytes = FilesDisk.read(lines, at: offset, count: count) else {
            throw FilesFailure.corrupt(path + ".jsonl", "is shorter than its index says", "read")
        }
        return bytes
    }

    /// Fills the buffer with one row of the vector at that place among the specs.
    func read(_ place: Int, row: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        guard let (fd, header) = vectors[place] else { return }
        let stride = header.dimension * 4
        guard FilesDisk.fill(buffer, fd, at: header.start + row * stride) == stride else {
            throw FilesFailure.corrupt(
                path, "has fewer rows of vectors than its index says", "read")
        }
    }
}
