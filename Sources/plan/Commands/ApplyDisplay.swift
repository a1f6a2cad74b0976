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

    /// What an earlier `apply` did is not told again, line by line.
    func begin() async throws {
        guard !asJSON, !Terminal.isInteractive else { return }
        let status = try await source.read()
        let done = status.steps.filter { $0.state == .done }
        for step in status.steps where step.state != .running { said[step.name] = key(step) }
        guard !done.isEmpty else { return }
        Terminal.print(
            "resumes: \(done.count) of \(status.steps.count) steps are done, "
                + "the last of them '\(done.last?.name ?? "")'")
    }

    private func key(_ step: RunStatus.StepStatus) -> String {
        guard step.state == .running, let done = step.done, let total = step.total, total > 0
        else { return step.state.rawValue }
        return step.state.rawValue + String(done * 10 / total)
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
            drawn = Terminal.redraw(lines, over: drawn)
        } else {
            for step in status.steps where step.state != .waiting { say(step) }
            if let waiting = status.waiting, said["waiting"] != waiting {
                said["waiting"] = waiting
                Terminal.print("  \(Shown.plain(waiting))")
            }
        }
    }

    /// One line for each change of a step; progress by tenths.
    private func say(_ step: RunStatus.StepStatus) {
        var line = "\(step.name): \(step.state.rawValue)"
        if step.state == .running, let done = step.done, let total = step.total, total > 0 {
            line += " " + StatusText.progress(step, done, total)
            if let rate = step.rate { line += " \(Shown.count(Int64(rate)))/s" }
        } else if step.state == .done, let seconds = step.seconds {
            line += " in \(Shown.seconds(seconds))"
            if let refused = step.notes["refused"] { line += ", \(refused) records refused" }
        } else if let message = step.message {
            line += ": \(Shown.plain(message))"
        }
        let key = key(step)
        guard said[step.name] != key else { return }
        said[step.name] = key
        Terminal.print(line)
    }
}
