import Glibc
import JSON
import PlanCore
import Synchronization

/// Where log lines go. Called from anywhere; must not block.
package protocol LogSink: Sendable {
    func write(_ line: String)
}

/// One JSON object a line: state changes and errors. Never vectors, payloads or credentials.
package final class GatewayLog: Sendable {
    package enum Level: String, Sendable { case info, warning, error }

    /// Errors written in one second; more are counted and told with the next one.
    private static let burst = 20

    private struct Budget {
        var second: Int64 = 0
        var written = 0
        var suppressed: Int64 = 0
    }

    private let sink: any LogSink
    private let time: any TimeSource
    private let budget = Mutex(Budget())

    package init(sink: any LogSink, time: any TimeSource) {
        self.sink = sink
        self.time = time
    }

    package func note(_ level: Level, _ event: String, _ fields: JSONObject = [:]) {
        var line = fields
        line["time"] = .double((time.unixTime * 1_000).rounded() / 1_000)
        line["level"] = .string(level.rawValue)
        line["event"] = .string(event)
        if level == .error {
            guard let suppressed = admit() else { return }
            if suppressed > 0 { line["suppressed"] = .int(suppressed) }
        }
        sink.write(JSON.text(.object(line)))
    }

    /// How many errors were left out before this one; nil where this one is left out too.
    private func admit() -> Int64? {
        let second = Int64(time.now.seconds)
        return budget.withLock { budget in
            if second != budget.second {
                budget.second = second
                budget.written = 0
            }
            guard budget.written < GatewayLog.burst else {
                budget.suppressed += 1
                return nil
            }
            budget.written += 1
            defer { budget.suppressed = 0 }
            return budget.suppressed
        }
    }
}

/// Standard error or a file, written on a thread of its own: a reader that is slow delays nobody.
/// When it is very slow, the oldest lines go.
package final class LineSink: LogSink {
    private actor Writer {
        private let file: Int32
        private let executor = ThreadExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor {
            executor.asUnownedSerialExecutor()
        }

        init(file: Int32) { self.file = file }

        func run(_ lines: AsyncStream<String>) async {
            defer { if file != STDERR_FILENO { close(file) } }
            for await line in lines {
                var bytes = Array((line + "\n").utf8)[...]
                while !bytes.isEmpty {
                    let count = bytes.withUnsafeBytes {
                        Glibc.write(file, $0.baseAddress, $0.count)
                    }
                    guard count > 0 else { break }
                    bytes = bytes.dropFirst(count)
                }
            }
        }
    }

    private let feed: AsyncStream<String>.Continuation
    private let task: Task<Void, Never>

    /// Throws `Diagnostic` where the file cannot be written.
    package init(appendingTo path: String? = nil) throws {
        var file = STDERR_FILENO
        if let path {
            file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard file >= 0 else {
                throw Diagnostic(
                    "cannot write '\(path)': \(String(cString: strerror(errno)))",
                    hint: "see 'state' in the plan, and who may write there")
            }
        }
        let (lines, feed) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingNewest(4_096))
        self.feed = feed
        let writer = Writer(file: file)
        task = Task { await writer.run(lines) }
    }

    package func write(_ line: String) { feed.yield(line) }

    /// Returns when everything is out.
    package func finish() async {
        feed.finish()
        await task.value
    }
}
