import Foundation
import Glibc
import PlanCore
import Synchronization

/// A program that was started. Nothing of this process is left to it: no file, no blocked or
/// ignored signal (threads of the pool block nearly all of them). It leads a process group of its
/// own, so that what it started ends with it where it has to be ended.
final class ChildProcess: Sendable {
    private let pid: pid_t
    private let isReaped = Mutex(false)
    private let isLate = Mutex(false)
    /// Ended because it took too long.
    var wasLate: Bool { isLate.withLock { $0 } }

    /// Throws where it cannot be started. `output` and `errors` are open files.
    init(_ arguments: [String], output: Int32, errors: Int32) throws(Diagnostic) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        // Also those that a library opened without close-on-exec.
        let numbers = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        for number in (numbers ?? []).compactMap({ Int32($0) }) where number > 2 {
            posix_spawn_file_actions_addclose(&actions, number)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        let texts = arguments.map { strdup($0) }
        defer { texts.forEach { free($0) } }
        var started = pid_t()
        let failure = posix_spawnp(
            &started, arguments.first ?? "", &actions, &attributes, texts + [nil], environ)
        guard failure == 0 else {
            throw Diagnostic(
                String(cString: strerror(failure)), hint: "see that the program is on the PATH")
        }
        pid = started
    }

    /// Its exit code, or 128 and the signal that ended it, when it has ended.
    func status() async -> Int32 {
        await withCheckedContinuation { continuation in
            // Waiting for a process blocks: a thread of its own.
            Thread.detachNewThread { [self] in continuation.resume(returning: wait()) }
        }
    }

    private func wait() -> Int32 {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        // Only here its number is given free: until then a signal can meet nobody else.
        return isReaped.withLock { isReaped in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            isReaped = true
            let signal = status & 0x7f
            return signal == 0 ? (status >> 8) & 0xff : 128 + signal
        }
    }

    /// SIGTERM to it and all that it started; five seconds later SIGKILL, where it is still there.
    func end(late: Bool = false) {
        if late { isLate.withLock { $0 = true } }
        signal(SIGTERM)
        Thread.detachNewThread { [self] in
            Thread.sleep(forTimeInterval: 5)
            signal(SIGKILL)
        }
    }

    private func signal(_ number: Int32) {
        isReaped.withLock { isReaped in
            if !isReaped { kill(-pid, number) }
        }
    }
}
