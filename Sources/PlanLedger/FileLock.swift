import Glibc

/// A kernel lock on a file (`flock`): the process's death releases it, whatever the death.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Opens or creates the file; takes nothing yet.
    init?(path: String) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// Waits for the lock, in the kernel's queue, for as long as it takes.
    func lock() -> Bool {
        while flock(descriptor, LOCK_EX) != 0 { if errno != EINTR { return false } }
        return true
    }

    /// Who has it, as far as the kernel tells: process numbers of this machine.
    var holders: [Int32] {
        var info = stat()
        guard fstat(descriptor, &info) == 0, let file = fopen("/proc/locks", "re") else {
            return []
        }
        defer { fclose(file) }
        var found: [(process: Int32, isSure: Bool)] = []
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            // 1: FLOCK  ADVISORY  WRITE 4711 fe:00:81922 0 EOF; who waits has "->" before FLOCK.
            let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
            guard words.count > 5, words[1] == "FLOCK", let process = Int32(words[4]) else {
                continue
            }
            let place = words[5].split(separator: ":")
            guard place.count == 3, UInt64(place[2]) == UInt64(info.st_ino) else { continue }
            // As glibc makes one number of the two. Some file systems say another device here than they
            // tell of the file.
            let device = UInt64(info.st_dev)
            let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
            let minor = device & 0xff | (device >> 12) & ~0xff
            let isSame =
                UInt64(place[0], radix: 16) == major && UInt64(place[1], radix: 16) == minor
            found.append((process, isSure: isSame))
        }
        let sure = found.filter(\.isSure)
        return (sure.isEmpty ? found : sure).map(\.process)
    }

    func tryLock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    func unlock() { flock(descriptor, LOCK_UN) }
}

/// Which file a path leads to: replaced files have another.
struct FileIdentity: Hashable {
    var device: UInt64
    var inode: UInt64

    init?(path: String) {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
    }
}
