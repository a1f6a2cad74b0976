import Foundation
import Glibc
import Synchronization

/// The script `servers`, and what every server of ours needs.
package enum ServerScript {
    static func makeFolder() throws -> String {
        var template = Array("/tmp/crossfade-store-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw ServerFailure("no folder could be made in /tmp")
        }
        return String(cString: made)
    }

    /// Blocks until it answers.
    static func start(
        _ store: String, _ folder: String, _ port: UInt16, _ environment: [String: String] = [:]
    ) throws -> pid_t {
        let text = try run(["start", folder, "\(port)", store], environment)
        guard let pid = pid_t(text) else { throw ServerFailure("the server gave no pid: \(text)") }
        return pid
    }

    static func waitForEnd(_ pid: pid_t) {
        // A machine with much else to do needs its time to write everything down.
        for _ in 0..<2_400 {
            if !isAlive(pid) { return }
            usleep(25_000)
        }
        kill(pid, SIGKILL)
    }

    package static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard code else { throw ServerFailure("no free port was found") }
        return UInt16(bigEndian: address.sin_port)
    }

    @discardableResult
    static func run(
        _ arguments: [String], _ environment: [String: String] = [:]
    ) throws -> String {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("servers").path
        let (child, end) = try spawning.withLock { _ in try spawn(script, arguments, environment) }
        defer { close(end) }
        let output = FileHandle(fileDescriptor: end, closeOnDealloc: false)
        let data = output.readDataToEndOfFile()
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        guard status == 0 else {
            throw ServerFailure("'servers \(arguments[0])' failed; see what it said above")
        }
        return String(decoding: data, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A script started between another's pipe and its closing would hold that open.
    private static let spawning = Mutex(())

    /// The child, and the end to read its output from.
    private static func spawn(
        _ script: String, _ arguments: [String], _ environment: [String: String]
    ) throws -> (pid_t, Int32) {
        // Foundation's Process would wait for the server, too: it inherits what is waited on.
        var ends: [Int32] = [0, 0]
        var child: pid_t = 0
        guard pipe(&ends) == 0 else { throw ServerFailure("no pipe could be made") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        // A thread of Swift's pool blocks most signals, and a server started there would, too.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let words = (["/bin/bash", script] + arguments).map { strdup($0) } + [nil]
        let variables =
            ProcessInfo.processInfo.environment
            .merging(environment) { $1 }.merging(["WATCH_PID": "\(getpid())"]) { $1 }
            .map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        let code = posix_spawn(&child, "/bin/bash", &actions, &attributes, words, variables)
        close(ends[1])
        guard code == 0 else { throw ServerFailure("bash could not be started: \(code)") }
        return (child, ends[0])
    }

    /// By a signal, for as long as that lasts.
    static func isStopped(_ pid: pid_t) -> Bool {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        return status?.contains("State:\tT") == true
    }

    /// A process that ended but that nobody waited for counts as ended.
    static func isAlive(_ pid: pid_t) -> Bool {
        guard kill(pid, 0) == 0,
            let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        else { return false }
        return !status.contains("State:\tZ")
    }
}

package struct ServerFailure: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
