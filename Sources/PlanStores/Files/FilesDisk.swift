import Glibc
import PlanCore

/// Files and folders: whole reads, whole writes, and the fsyncs that make them last.
enum FilesDisk {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// nil where there is none.
    static func read(_ path: String, _ operation: String) throws -> [UInt8]? {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FilesFailure.system("read", path, operation)
        }
        defer { close(fd) }
        var info = stat()
        fstat(fd, &info)
        guard let bytes = read(fd, at: 0, count: Int(info.st_size)) else {
            throw FilesFailure.system("read", path, operation)
        }
        return bytes
    }

    /// nil where they are not there.
    static func read(_ fd: Int32, at offset: Int, count: Int) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = fill(UnsafeMutableRawBufferPointer(buffer), fd, at: offset)
        }
        return bytes.count == count ? bytes : nil
    }

    static func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ fd: Int32, at offset: Int
    ) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = pread(
                fd, buffer.baseAddress.map { $0 + filled }, buffer.count - filled,
                off_t(offset + filled))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            filled += count
        }
        return filled
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to fd: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(
                fd, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    /// The new content or the old one, whatever happens in between.
    static func replace(_ path: String, with text: String, _ operation: String) throws {
        let draft = path + ".new"
        let fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard fd >= 0 else { throw FilesFailure.system("write", draft, operation) }
        let isWritten = Array(text.utf8).withUnsafeBytes { write($0, to: fd) } && fsync(fd) == 0
        let code = errno
        close(fd)
        guard isWritten else {
            throw FilesFailure.system("write", draft, operation, code: code)
        }
        guard Glibc.rename(draft, path) == 0 else {
            throw FilesFailure.system("replace", path, operation)
        }
        try syncFolder(of: path, operation)
    }

    /// What was made or renamed in the folder is there after a power cut.
    static func syncFolder(of path: String, _ operation: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try sync(folder.isEmpty ? "/" : folder, operation)
    }

    static func sync(_ folder: String, _ operation: String) throws {
        let fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard fd >= 0 else { throw FilesFailure.system("open", folder, operation) }
        defer { close(fd) }
        guard fsync(fd) == 0 else { throw FilesFailure.system("sync", folder, operation) }
    }

    /// With all folders above it.
    static func makeFolder(_ path: String, _ operation: String) throws {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw FilesFailure.system("make", path, operation)
        }
        try makeFolder(String(path[..<slash]), operation)
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw FilesFailure.system("make", path, operation)
        }
    }

    private static let nameOffset: Int = {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else {
            preconditionFailure("an entry of a folder has no name")
        }
        return offset
    }()

    static func names(_ folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            // In place: an entry ends with its name, long before d_name's 256 bytes are over.
            let name = String(
                cString: (UnsafeRawPointer(entry) + nameOffset).assumingMemoryBound(to: CChar.self)
            )
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// A folder of files, without folders in it.
    static func removeFolder(_ path: String) {
        for name in names(path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
