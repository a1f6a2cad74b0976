import CSpawn
import Glibc
import Synchronization

/// A program that was started. Nothing of this process is left to it: no file but its three, no
/// blocked or ignored signal (threads of Swift's pool block nearly all of them). It reads nothing,
/// and leads a process group of its own. It is waited for, whether or not anyone asks how it ended.
///
/// Not Foundation's `Process`: on Linux, until swift-corelibs-foundation's pull request 5472, each
/// start may read beyond a buffer, and then ends the process that starts.
package final class ChildProcess: Sendable {
    package enum End: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)

        /// As a shell says it: the exit code, or 128 and the signal's number.
        package var code: Int32 {
            switch self {
            case .exited(let code): code
            case .signalled(let signal): 128 + signal
            }
        }
    }

    /// Where what it prints goes.
    package enum Output: Sendable {
        case nowhere
        /// Made, or emptied, as it starts.
        case file(String)
        case handle(Int32)
        /// Where this process's own goes.
        case inherited
        /// Of errors: where the output goes.
        case asOutput
    }

    private struct State {
        var end: End?
        var waiters: [CheckedContinuation<End, Never>] = []
    }

    /// Who starts us may ignore the signal of a child's end, and then the system tells nobody how
    /// a child ended.
    private static let hearsEnds: Bool = {
        Glibc.signal(SIGCHLD, SIG_DFL)
        return true
    }()

    package let pid: pid_t
    private let state = Mutex(State())

    /// - Parameters:
    ///   - arguments: the program, looked for on this process's PATH where it has no slash and from
    ///     `folder` on where it has one, and what it is given.
    ///   - folder: it starts there; nil: where this process is.
    ///   - variables: its whole environment; nil: this process's.
    package init(
        _ arguments: [String], folder: String? = nil, variables: [String: String]? = nil,
        output: Output = .nowhere, errors: Output = .nowhere
    ) throws(ChildProcessError) {
        precondition(ChildProcess.hearsEnds)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        ChildProcess.add(output, as: 1, to: &actions)
        ChildProcess.add(errors, as: 2, to: &actions)
        // Also those that a library opened without close-on-exec.
        cs_close_from(&actions, 3)
        if let folder { cs_start_in(&actions, folder) }
        var attributes = ChildProcess.attributes()
        defer { posix_spawnattr_destroy(&attributes) }
        let words = arguments.map { strdup($0) } + [nil]
        var settings = (variables ?? [:]).map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + settings { free(text) } }
        var started = pid_t()
        let failure = settings.withUnsafeMutableBufferPointer { settings in
            posix_spawnp(
                &started, arguments.first ?? "", &actions, &attributes, words,
                variables == nil ? environ : settings.baseAddress)
        }
        guard failure == 0 else {
            throw ChildProcessError(program: arguments.first ?? "", code: failure)
        }
        pid = started
        try watch(arguments.first ?? "")
    }

    private static func add(
        _ output: Output, as number: Int32, to actions: inout posix_spawn_file_actions_t
    ) {
        let mode = O_WRONLY | O_CREAT | O_TRUNC
        switch output {
        case .nowhere:
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0)
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, number, path, mode, 0o644)
        case .handle(let handle): posix_spawn_file_actions_adddup2(&actions, handle, number)
        case .asOutput: posix_spawn_file_actions_adddup2(&actions, 1, number)
        case .inherited: break
        }
    }

    private static func attributes() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
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
        return attributes
    }

    /// Waiting for a process blocks: a thread of its own does it.
    private func watch(_ program: String) throws(ChildProcessError) {
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ChildProcess>.fromOpaque(context).takeRetainedValue().tell()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        guard code == 0 else {
            Unmanaged.passUnretained(self).release()
            signalGroup(SIGKILL)
            _ = wait()
            throw ChildProcessError(program: program, code: code)
        }
        pthread_detach(thread)
    }

    private func tell() {
        let end = wait()
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: end) }
    }

    /// Blocks until it has ended.
    package func wait() -> End {
        if let end { return end }
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        // Only here its number is given free: until then a signal can meet nobody else.
        return state.withLock { state in
            if let end = state.end { return end }
            // What nobody can say is no success.
            var status: Int32 = 255 << 8
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7f
            let end: End = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
            state.end = end
            return end
        }
    }

    package func ended() async -> End {
        await withCheckedContinuation { continuation in
            let end = state.withLock { state in
                if state.end == nil { state.waiters.append(continuation) }
                return state.end
            }
            if let end { continuation.resume(returning: end) }
        }
    }

    /// nil while it runs.
    package var end: End? { state.withLock { $0.end } }
    package var isRunning: Bool { end == nil }

    /// To it alone; nothing where it has ended.
    package func signal(_ number: Int32) { send(number, to: pid) }
    /// To it and to all that it started in its group; nothing where it has ended itself.
    package func signalGroup(_ number: Int32) { send(number, to: -pid) }

    private func send(_ number: Int32, to address: pid_t) {
        state.withLock { state in
            if state.end == nil { kill(address, number) }
        }
    }
}
