/// Counts what a guard's judgements come to, over a step: Argo Rollouts' rules for limits.
package struct GuardMonitor: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case watching
        /// Enough in a row, or enough in all: no need to look further.
        case satisfied
        case failed(String)
        case inconclusive(String)
    }

    package internal(set) var judge: GuardJudge
    package private(set) var last: Judgement?
    package internal(set) var evaluations = 0
    var failures = 0
    /// The latest tumbling window that was counted as a failure.
    private var failedWindow: Int?
    var undecided = 0
    var errorsInRow = 0
    private var isError = false
    var passesInRow = 0
    var begun: Duration?
    var evaluated: Duration?

    package init(_ subject: Guard) { judge = GuardJudge(subject) }

    package var subject: Guard { judge.subject }

    /// From here its initial delay runs; again, and nothing happens.
    package mutating func begin(now: Duration) { begun = begun ?? now }

    /// What is measured in its initial delay is not its business.
    package func isDelayed(now: Duration) -> Bool {
        begun.map { now - $0 < subject.initialDelay } ?? false
    }

    /// Whether it is time to look again.
    package func isDue(now: Duration) -> Bool {
        if isDelayed(now: now) { return false }
        if isOver { return false }
        return evaluated.map { now - $0 >= subject.interval } ?? true
    }

    package mutating func feed(_ reading: MetricReading, now: Duration) {
        begin(now: now)
        judge.add(reading, now: now)
        if case .error = reading { isError = true } else { isError = false }
    }

    /// Looks, counts, and says where that leaves the step.
    package mutating func evaluate(now: Duration) -> State {
        refresh()
        evaluations += 1
        evaluated = now
        errorsInRow = isError ? errorsInRow + 1 : 0
        switch last?.verdict {
        case .pass?: passesInRow += 1
        case .fail?:
            if isNewFailure { failures += 1 }
            passesInRow = 0
        case .inconclusive?, nil:
            undecided += 1
            passesInRow = 0
        }
        return state
    }

    /// Looks and counts nothing: for one who looks more often than the plan asks for.
    package mutating func refresh() { last = judge.judgement }

    /// Another look might still say more.
    package var isUndecided: Bool {
        !isOver && !subject.dryRun && last?.verdict != .pass && last?.verdict != .fail
    }

    /// All the measurements that the plan asks for were made.
    package var isOver: Bool { subject.count.map { evaluations >= $0 } ?? false }

    /// A window's verdict stands until its window ends: looking again is not another failure.
    private var isNewFailure: Bool {
        mutating get {
            guard judge.tumbles else { return true }
            defer { failedWindow = judge.window }
            return failedWindow != judge.window
        }
    }

    package var state: State {
        if subject.dryRun { return .watching }
        if failures > subject.failureLimit { return .failed(text) }
        if errorsInRow > subject.consecutiveErrorLimit {
            return .inconclusive("\(subject.text): \(last?.reason ?? "it cannot be asked")")
        }
        if let limit = subject.inconclusiveLimit, undecided > limit { return .inconclusive(text) }
        if subject.consecutiveSuccessLimit > 0, passesInRow >= subject.consecutiveSuccessLimit {
            return .satisfied
        }
        return .watching
    }

    /// What it comes to when the step's work is over.
    package var outcome: State {
        if subject.dryRun { return .satisfied }
        switch state {
        case .failed, .inconclusive, .satisfied: return state
        case .watching:
            switch last?.verdict {
            case .pass?: return .satisfied
            case .fail? where failures > subject.failureLimit: return .failed(text)
            default: return .inconclusive(text)
            }
        }
    }

    private var text: String {
        guard let last else { return "\(subject.text): no data" }
        let value =
            last.value.map { " is \(Percent.shown($0, of: subject))" }
            ?? " is not known"
        let reason = last.reason.isEmpty ? "" : " (\(last.reason))"
        return "\(subject.text): \(subject.name)\(value) after \(last.samples) samples\(reason)"
    }
}

/// A guard's value as people read it: shares in percent, latencies in milliseconds.
package enum Percent {
    package static func shown(_ value: Double, of subject: Guard) -> String {
        switch subject.measure.family {
        case .rate, .quality:
            let hundredths = (value * 10_000).rounded() / 100
            return "\(hundredths)%"
        case .latency: return "\((value * 100).rounded() / 100) ms"
        default:
            return value == value.rounded() && abs(value) < 1e15
                ? String(Int(value)) : "\((value * 1_000).rounded() / 1_000)"
        }
    }
}
