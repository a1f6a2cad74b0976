import Foundation
import Glibc
import PlanCore
import PlanSync

/// Files that survive a crash at any moment.
enum DurableFile {
    /// temp → fsync → rename → fsync(folder). The old content stands until the new one is whole.
    /// Owner and mode stay; of a link, what it points to is replaced.
    ///
    /// - Parameter writer: names the temporary file where several processes may write at once.
    static func replace(
        _ link: String, with data: Data, writer: String = "",
        crashPoints: any CrashPoints = NoCrashPoints()
    ) throws {
        let path = followed(link)
        let temporary = path + ".new" + writer
        var mode = mode_t(0o600)
        var info = stat()
        let isThere = stat(path, &info) == 0
        if isThere { mode = info.st_mode & 0o7777 }
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure("write", temporary) }
        do {
            try write(data, to: file, temporary)
            // Before the mode, which a change of owner may cut. Only root can: else it is ours.
            if isThere { _ = fchown(file, info.st_uid, info.st_gid) }
            fchmod(file, mode)
            guard fsync(file) == 0 else { throw failure("write", temporary) }
        } catch {
            close(file)
            unlink(temporary)
            throw error
        }
        close(file)
        crashPoints.reachBlocking(.stateWritten)
        guard rename(temporary, path) == 0 else { throw failure("replace", path) }
        crashPoints.reachBlocking(.stateRenamed)
        try syncFolder(of: path)
    }

    private static func followed(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    static func append(_ path: String, line: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("write", path) }
        defer { close(file) }
        try write(Data((line + "\n").utf8), to: file, path)
        guard fdatasync(file) == 0 else { throw failure("write", path) }
    }

    /// What a crash left of a last line is cut off. Anything else is left as it is.
    static func truncateTornTail(_ path: String) throws {
        guard let data = FileManager.default.contents(atPath: path), let last = data.last,
            last != UInt8(ascii: "\n")
        else { return }
        let end = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        guard Glibc.truncate(path, off_t(end)) == 0 else { throw failure("mend", path) }
    }

    private static func write(_ data: Data, to file: Int32, _ path: String) throws {
        try data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let written = Glibc.write(
                    file, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw failure("write", path) }
                offset += written
            }
        }
    }

    private static func syncFolder(of path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let handle = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_CLOEXEC)
        guard handle >= 0 else { throw failure("open", folder) }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw failure("write", folder) }
    }

    private static func failure(_ verb: String, _ path: String) -> Diagnostic {
        let reason = String(cString: strerror(errno))
        return Diagnostic(
            "cannot \(verb) '\(path)': \(reason)",
            hint: errno == ENOSPC ? "make room on that disk, then run the same command again" : nil)
    }
}
