import Foundation

/// Sockets and files, this process's own and others'.
enum Descriptors {
    /// How many this process may open, once that is as many as it may.
    static func raiseLimit() throws -> Int {
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(kind, &limit) == 0 else { throw Sandbox.Trouble("no limit is told") }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(kind, &limit) == 0 else { throw Sandbox.Trouble("no limit is taken") }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many a process holds; 0 where it is gone.
    static func open(by process: Int32) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? 0
    }
}
