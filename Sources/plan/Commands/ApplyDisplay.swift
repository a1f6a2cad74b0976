import JSON
import PlanCore
import PlanReport

/// What `apply` shows while it works: a screen kept current on a terminal, plain lines in a pipe.
actor ApplyDisplay {
    private let source: StatusSource
    private let asJSON: Bool
    private var drawn = 0
    private var said: [String: String] = [:]

    init(source: StatusSource, asJSON: Bool) {
        self.source = source
        self.asJSON = asJSON
    }

    func run() async throws {
        while true {
            try? await show()
            try await Task.sleep(for: .milliseconds(Terminal.isInteractive ? 250 : 500))
        }
    }

    func finish() async throws { try await show() }

    private func show() async throws {
        let status = try await source.read()
        if asJSON {
            Terminal.print(JSON.text(StatusJSON.value(status)))
        } else if Terminal.isInteractive {
            let lines = StatusText(style: Terminal.style, width: Terminal.width).lines(status)
            Terminal.redraw(lines, over: drawn)
            drawn = lines.count
        } else {
            for step in status.steps where step.state != .waiting { say(step) }
            if let waiting = status.waiting, said["waiting"] != waiting {
                said["waiting"] = waiting
                Terminal.print("  \(waiting)")
            }
        }
    }

    /// One line for each change of a step; progress by tenths.
    private func say(_ step: RunStatus.StepStatus) {
        var line = "\(step.name): \(step.state.rawValue)"
        var key = step.state.rawValue
        if step.state == .running, let done = step.done, let total = step.total, total > 0 {
            let tenth = done * 10 / total
            key += String(tenth)
            line += " \(Shown.count(done))/\(Shown.count(total))"
            if let rate = step.rate { line += " \(Shown.count(Int64(rate)))/s" }
        } else if step.state == .done, let seconds = step.seconds {
            line += " in \(Shown.seconds(seconds))"
        } else if let message = step.message {
            line += ": \(message)"
        }
        guard said[step.name] != key else { return }
        said[step.name] = key
        Terminal.print(line)
    }
}
