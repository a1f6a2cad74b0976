import Foundation
import Processes
import Testing

@Suite final class ChildProcessTests {
    private let folder =
        FileManager.default.temporaryDirectory.path
        + "/crossfade-child-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func text(_ name: String) -> String? {
        try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    }

    @Test(arguments: [
        ("exit 0", ChildProcess.End.exited(0), 0), ("exit 7", .exited(7), 7),
        ("kill -9 $$", .signalled(9), 137), ("kill -15 $$", .signalled(15), 143),
    ])
    func `how it ended is told`(script: String, end: ChildProcess.End, code: Int32) async throws {
        let child = try ChildProcess(["sh", "-c", script])
        #expect(await child.ended() == end)
        #expect(child.end == end && child.wait() == end && !child.isRunning)
        #expect(end.code == code)
        #expect(await child.ended() == end)
    }

    @Test func `what it prints goes where it should, and nothing is read`() throws {
        let script = "cat; pwd; echo \"$WORD\"; echo wrong >&2"
        let child = try ChildProcess(
            ["/bin/sh", "-c", script], folder: folder,
            variables: ["WORD": "a b", "PATH": "/usr/bin:/bin"],
            output: .file(folder + "/out"), errors: .file(folder + "/err"))
        #expect(child.wait() == .exited(0))
        #expect(text("out") == "\(folder)\na b\n" && text("err") == "wrong\n")
        let both = try ChildProcess.answer(
            ["/bin/sh", "-c", script + "; exit 3"], folder: folder, errors: .asOutput)
        #expect(both.end == .exited(3))
        #expect(both.text == "\(folder)\n\nwrong\n")
    }

    @Test func `an answer longer than a pipe is read whole`() throws {
        let answer = try ChildProcess.answer(["sh", "-c", "yes 0123456 | head -n 50000"])
        #expect(answer.end == .exited(0))
        #expect(answer.text == String(repeating: "0123456\n", count: 50_000))
    }

    @Test func `it gets none of this process's files, and no blocked signal`() throws {
        // Without close-on-exec, as some libraries open theirs.
        let open = (0..<50).map { _ in Glibc.open("/dev/null", O_RDONLY) }
        defer { open.forEach { close($0) } }
        var blocked = sigset_t()
        var before = sigset_t()
        sigfillset(&blocked)
        pthread_sigmask(SIG_SETMASK, &blocked, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        // 3 is the folder that ls itself reads.
        let files = try ChildProcess.answer(["ls", "/proc/self/fd"])
        #expect(files.text == "0\n1\n2\n3\n")
        // For good: whoever writes to a socket in this process wants it so, too.
        signal(SIGPIPE, SIG_IGN)
        let masks = try ChildProcess.answer(["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"])
        let words = masks.text.split(whereSeparator: \.isWhitespace)
        #expect(words.count == 4)
        // 32 and 33 are glibc's own: it ignores them in what it spawns.
        let own: UInt64 = 3 << 31
        for mask in [words[1], words[3]] {
            #expect(UInt64(mask, radix: 16).map { $0 & ~own } == 0, "\(masks.text)")
        }
    }

    @Test func `a signal to it spares what it started, one to its group does not`() throws {
        let script = "sleep 60 & echo $! > helper; wait"
        func start() throws -> (ChildProcess, pid_t) {
            try? FileManager.default.removeItem(atPath: folder + "/helper")
            let child = try ChildProcess(["sh", "-c", script], folder: folder)
            while (text("helper") ?? "").isEmpty { usleep(5_000) }
            let words = text("helper")?.trimmingCharacters(in: .whitespacesAndNewlines)
            return (child, try #require(words.flatMap { pid_t($0) }))
        }
        let (first, spared) = try start()
        first.signal(SIGKILL)
        #expect(first.wait() == .signalled(SIGKILL))
        usleep(50_000)
        #expect(!isGone(spared))
        kill(spared, SIGKILL)
        let (second, met) = try start()
        second.signalGroup(SIGKILL)
        #expect(second.wait() == .signalled(SIGKILL))
        for _ in 0..<4_000 where kill(met, 0) == 0 && !isGone(met) { usleep(5_000) }
        #expect(isGone(met))
        second.signalGroup(SIGKILL)
    }

    private func isGone(_ pid: pid_t) -> Bool {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        return status?.contains("State:\tZ") ?? true
    }

    @Test func `whom nobody asks about is waited for all the same`() throws {
        let pid = try ChildProcess(["true"]).pid
        var isThere = true
        for _ in 0..<4_000 where isThere {
            usleep(5_000)
            isThere = FileManager.default.fileExists(atPath: "/proc/\(pid)")
        }
        #expect(!isThere)
    }

    @Test(arguments: [
        (["no-such-program"], "'no-such-program' could not be started: No such file or directory"),
        (["/etc/passwd"], "'/etc/passwd' could not be started: Permission denied"),
        ([], "'' could not be started: No such file or directory"),
    ])
    func `what cannot be started is told why`(words: [String], reason: String) {
        let error = #expect(throws: ChildProcessError.self) { try ChildProcess(words) }
        #expect(error.map { "\($0)" } == reason)
    }

    @Test func `many at once end each with its own code`() async throws {
        let codes = try await withThrowingTaskGroup(of: Bool.self) { group in
            for code in 0..<200 as Range<Int32> {
                group.addTask {
                    await (try ChildProcess(["sh", "-c", "exit \(code)"])).ended() == .exited(code)
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(codes == 200)
    }
}
