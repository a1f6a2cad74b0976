/// Counts what a guard's judgements come to, over a step: Argo Rollouts' rules for limits.
package struct GuardMonitor: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case watching
        /// Enough in a row, or enough in all: no need to look further.
        case satisfied
        case failed(String)
        case inconclusive(String)
    }

    package private(set) var judge: GuardJudge
    package private(set) var last: Judgement?
    package private(set) var evaluations = 0
    private var failures = 0
    /// The latest tumbling window that was counted as a failure.
    private var failedWindow: Int?
    private var undecided = 0
    private var errorsInRow = 0
    private var passesInRow = 0
    private var begun: Duration?
    private var evaluated: Duration?

    package init(_ subject: Guard) { judge = GuardJudge(subject) }

    package var subject: Guard { judge.subject }

    /// Whether it is time to look again.
    package func isDue(now: Duration) -> Bool {
        guard let begun else { return true }
        if now - begun < subject.initialDelay { return false }
        if let count = subject.count, evaluations >= count { return false }
        return evaluated.map { now - $0 >= subject.interval } ?? true
    }

    package mutating func feed(_ reading: MetricReading, now: Duration) {
        if begun == nil { begun = now }
        judge.add(reading, now: now)
        if case .error = reading { errorsInRow += 1 } else { errorsInRow = 0 }
    }

    /// Looks, counts, and says where that leaves the step.
    package mutating func evaluate(now: Duration) -> State {
        let judgement = judge.judgement
        last = judgement
        evaluations += 1
        evaluated = now
        switch judgement.verdict {
        case .pass: passesInRow += 1
        case .fail:
            if isNewFailure { failures += 1 }
            passesInRow = 0
        case .inconclusive:
            undecided += 1
            passesInRow = 0
        }
        return state
    }

    /// A rate's verdict stands until its window ends: looking again is not another failure.
    private var isNewFailure: Bool {
        mutating get {
            guard subject.over != nil, subject.measure.family == .rate else { return true }
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
        let value = last.value.map { " is \(Percent.shown($0, of: subject))" } ?? ""
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
