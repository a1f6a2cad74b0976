import PlanCore

/// A run's status as a terminal shows it, and as a pipe takes it.
package struct StatusText: Sendable {
    private let style: TextStyle
    private let width: Int

    package init(style: TextStyle, width: Int = 80) {
        self.style = style
        self.width = width
    }

    package func lines(_ status: RunStatus) -> [String] {
        var lines = [head(status)]
        let longest = status.steps.map(\.name.count).max() ?? 0
        for step in status.steps { lines += self.lines(step, longest) }
        if status.backlog > 0 {
            lines.append(
                "  \(style.dim("to repair"))  \(Shown.count(Int64(status.backlog))) keys, "
                    + "the oldest for \(Shown.seconds(status.backlogAge))")
        }
        if status.refusedCount > 0 {
            lines.append(
                "  \(style.bad("refused"))  \(Shown.count(Int64(status.refusedCount))) keys")
            for key in status.refused {
                lines.append(
                    "    '\(Shown.plain(key.key.text).prefix(60))': \(Shown.plain(key.reason))")
            }
            let more = status.refusedCount - status.refused.count
            if more > 0 { lines.append("    and \(more) more; refused.jsonl has them all") }
        }
        for gateway in status.gateways {
            let silence =
                gateway.silent > 5 ? style.bad("  silent for \(Shown.seconds(gateway.silent))") : ""
            lines.append(
                "  \(style.dim("gateway"))  \(Shown.plain(gateway.name))  epoch \(gateway.acknowledged)  "
                    + "\(Shown.count(gateway.requests)) requests\(silence)")
        }
        if let waiting = status.waiting { lines.append("  \(style.warm(Shown.plain(waiting)))") }
        if let trouble = status.trouble { lines.append("  \(style.bad(Shown.plain(trouble)))") }
        if let advice = status.advice { lines.append("  \(style.warm(advice))") }
        lines.append("next: \(style.strong(status.next))")
        return lines
    }

    private func head(_ status: RunStatus) -> String {
        var parts = [style.strong(status.plan)]
        parts.append(outcome(status))
        if let route = status.route {
            parts.append("authority \(route.authority.rawValue)")
            if let follower = route.follower {
                parts.append("\(follower.rawValue) follows")
                if route.weight > 0 { parts.append("\(route.weight)% of reads on it") }
            }
            if route.isHeld { parts.append(style.bad("writes held")) }
            parts.append("epoch \(route.epoch)")
        }
        return parts.joined(separator: style.dim(" · "))
    }

    private func outcome(_ status: RunStatus) -> String {
        switch status.outcome {
        case nil: "not begun"
        case .done?: style.good("done")
        case .active?: status.isHeld ? style.good("running") : style.warm("interrupted")
        case .paused?: style.warm("paused")
        case .waiting?: style.warm("waits for a person")
        case .failed?: style.bad("a step failed")
        case .rolledBack?: style.warm("rolled back")
        }
    }

    private func lines(_ step: RunStatus.StepStatus, _ longest: Int) -> [String] {
        let name = step.name.padded(to: longest)
        var line = "  \(mark(step.state)) \(name)"
        if step.state == .running, let done = step.done, let total = step.total, total > 0 {
            line += "  " + bar(Double(done) / Double(total))
            line += "  " + StatusText.progress(step, done, total)
            if let rate = step.rate { line += "  \(Shown.count(Int64(rate)))/s" }
            if let eta = step.eta, !StatusText.isTimed(step) {
                line += "  ETA \(Shown.seconds(eta))"
            }
        } else if let seconds = step.seconds, step.state != .waiting {
            line += "  \(style.dim(Shown.seconds(seconds)))"
            if let done = step.done { line += style.dim("  \(Shown.count(done)) records") }
            if let refused = step.notes["refused"] {
                line += style.bad("  \(refused) records refused")
            }
            if let pause = step.notes["write_pause_ms"] {
                line += style.dim("  writes held for \(pause) ms")
            }
        }
        var lines = [line]
        if let message = step.message, step.state != .done {
            lines.append("      \(style.bad(Shown.plain(message)))")
        }
        let showsGuards = step.state == .running || step.state == .failed || step.message != nil
        for judged in step.guards where showsGuards || judged.verdict != .pass {
            lines.append("      " + judgement(judged))
        }
        return lines
    }

    /// Records, or the time that was watched.
    package static func progress(
        _ step: RunStatus.StepStatus, _ done: Int64, _ total: Int64
    ) -> String {
        guard isTimed(step) else { return "\(Shown.count(done))/\(Shown.count(total))" }
        return "\(Shown.seconds(Double(done))) of \(Shown.seconds(Double(total)))"
    }

    private static func isTimed(_ step: RunStatus.StepStatus) -> Bool {
        ["mirror", "soak"].contains(step.kind)
    }

    private func judgement(_ judged: RunRecord.GuardRecord) -> String {
        let verdict =
            switch judged.verdict {
            case .pass: style.good("pass")
            case .fail: style.bad("fail")
            case .inconclusive: style.warm("inconclusive")
            }
        var text = "\(verdict)  \(judged.text)"
        if let value = judged.value {
            text += "  is \(Shown.number(value, of: judged.text))"
            if let low = judged.low, let high = judged.high {
                let interval =
                    "\(Shown.number(low, of: judged.text))…\(Shown.number(high, of: judged.text))"
                text += style.dim(" (\(interval))")
            }
        }
        let noun = judged.samples == 1 ? "sample" : "samples"
        text += style.dim("  \(Shown.count(Int64(judged.samples))) \(noun)")
        if !judged.reason.isEmpty { text += style.dim("  \(Shown.plain(judged.reason))") }
        return text
    }

    private func mark(_ state: RunMachine.StepState) -> String {
        switch state {
        case .done: style.good("✓")
        case .running: style.warm("▶")
        case .failed: style.bad("✗")
        case .undone: style.dim("↩")
        case .waiting: style.dim("·")
        }
    }

    private func bar(_ share: Double) -> String {
        let cells = max(10, min(24, width - 60))
        let full = Int((min(max(share, 0), 1) * Double(cells)).rounded(.down))
        let percent = String(Int(min(max(share, 0), 1) * 100))
        return style.good(String(repeating: "█", count: full))
            + style.dim(String(repeating: "░", count: cells - full))
            + " \(String(repeating: " ", count: 3 - percent.count))\(percent)%"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
