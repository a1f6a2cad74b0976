import Foundation
import Glibc
import Processes

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
        let variables = ProcessInfo.processInfo.environment
            .merging(environment) { $1 }.merging(["WATCH_PID": "\(getpid())"]) { $1 }
        let (end, text) = try ChildProcess.answer(
            ["/bin/bash", script] + arguments, variables: variables, errors: .inherited)
        guard end == .exited(0) else {
            throw ServerFailure("'servers \(arguments[0])' failed; see what it said above")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
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
