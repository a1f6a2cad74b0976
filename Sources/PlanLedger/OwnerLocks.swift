import Glibc

/// One lock file an owner, held for as long as its process lives.
final class OwnerLocks {
    private let folder: String
    private var held: [Int64: FileLock] = [:]

    init(folder: String) {
        self.folder = folder
        mkdir(folder, 0o700)
    }

    private func path(_ owner: Int64) -> String { "\(folder)/\(owner)" }

    func take(_ owner: Int64) -> Bool {
        guard let lock = FileLock(path: path(owner)), lock.tryLock() else { return false }
        held[owner] = lock
        return true
    }

    func give(_ owner: Int64) { held.removeValue(forKey: owner)?.unlock() }

    func giveAll() {
        for lock in held.values { lock.unlock() }
        held = [:]
    }

    /// Certainly released: the file is there and its lock can be had. A file that is not there
    /// proves nothing.
    func isReleased(_ owner: Int64) -> Bool {
        if held[owner] != nil { return false }
        guard access(path(owner), F_OK) == 0, let probe = FileLock(path: path(owner)),
            probe.tryLock()
        else { return false }
        probe.unlock()
        return true
    }
}
