import Foundation

/// Sockets and files, this process's own and others'.
enum Descriptors {
    /// What this process and those it starts may open, softly; returns what it was.
    @discardableResult
    static func limit(to count: Int) throws -> Int {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(kind, &limit) == 0 else { throw Sandbox.Trouble("no limit is told") }
        let before = Int(clamping: limit.rlim_cur)
        limit.rlim_cur = rlim_t(count)
        guard setrlimit(kind, &limit) == 0 else { throw Sandbox.Trouble("no limit is taken") }
        return before
    }

    /// How many a process holds; 0 where it is gone.
    static func open(by process: Int32) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? 0
    }
}
