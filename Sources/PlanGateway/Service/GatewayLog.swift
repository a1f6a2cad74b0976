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

/// Standard error, written on a thread of its own: a reader that is slow delays nobody. When it
/// is very slow, the oldest lines go.
package final class StandardErrorSink: LogSink {
    private actor Writer {
        private let executor = ThreadExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor {
            executor.asUnownedSerialExecutor()
        }

        func run(_ lines: AsyncStream<String>) async {
            for await line in lines {
                var bytes = Array((line + "\n").utf8)[...]
                while !bytes.isEmpty {
                    let count = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
                    guard count > 0 else { break }
                    bytes = bytes.dropFirst(count)
                }
            }
        }
    }

    private let feed: AsyncStream<String>.Continuation
    private let task: Task<Void, Never>

    package init() {
        let (lines, feed) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingNewest(4_096))
        self.feed = feed
        let writer = Writer()
        task = Task { await writer.run(lines) }
    }

    package func write(_ line: String) { feed.yield(line) }

    /// Returns when everything is out.
    package func finish() async {
        feed.finish()
        await task.value
    }
}
