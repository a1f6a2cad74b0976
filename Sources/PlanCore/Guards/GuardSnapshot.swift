/// What a guard's monitor must remember for another process to go on where it was.
///
/// A guard without `over` goes on with all it has: a test that may be looked at at any time may be
/// left and taken up again too. One with `over` begins a new window, at the level of that window,
/// since nobody can say how old its samples have become; its failures stay counted, and the
/// restarting side goes on.
package struct GuardSnapshot: Hashable, Sendable, Codable {
    fileprivate var text: String
    fileprivate var evaluations: Int
    fileprivate var failures: Int
    fileprivate var undecided: Int
    fileprivate var errorsInRow: Int
    fileprivate var passesInRow: Int
    /// Seconds since it began and since it was last evaluated, on the clock of who watched.
    fileprivate var age: Double?
    fileprivate var sinceEvaluated: Double?
    fileprivate var judge: Judge

    fileprivate struct Judge: Hashable, Sendable, Codable {
        var good: MeanTest.Progress?
        var bad: MeanTest.Progress?
        var samples: SampleCounts
        var reclassified: Int
        var latencies: [String: Int64]
        var otherLatencies: [String: Int64]
        var looks: Int
        var window: Int
    }
}

extension GuardMonitor {
    package func snapshot(now: Duration) -> GuardSnapshot {
        GuardSnapshot(
            text: subject.text, evaluations: evaluations, failures: failures,
            undecided: undecided, errorsInRow: errorsInRow, passesInRow: passesInRow,
            age: begun.map { (now - $0).seconds },
            sinceEvaluated: evaluated.map { (now - $0).seconds }, judge: judge.snapshot)
    }

    /// Goes on with what another monitor of the same guard came to; false, and unchanged, where it
    /// was none.
    package mutating func restore(_ snapshot: GuardSnapshot, now: Duration) -> Bool {
        guard snapshot.text == subject.text, judge.restore(snapshot.judge, now: now) else {
            return false
        }
        evaluations = snapshot.evaluations
        failures = snapshot.failures
        undecided = snapshot.undecided
        errorsInRow = snapshot.errorsInRow
        passesInRow = snapshot.passesInRow
        begun = snapshot.age.map { now - .seconds($0) }
        evaluated = snapshot.sinceEvaluated.map { now - .seconds($0) }
        if evaluations > 0 { refresh() }
        return true
    }
}

extension GuardJudge {
    fileprivate var snapshot: GuardSnapshot.Judge {
        GuardSnapshot.Judge(
            good: good?.progress, bad: bad?.progress, samples: samples,
            reclassified: reclassified,
            latencies: subject.over == nil ? latencies.all.counts : [:],
            otherLatencies: subject.over == nil ? otherLatencies.all.counts : [:],
            looks: looks, window: window)
    }

    fileprivate mutating func restore(_ other: GuardSnapshot.Judge, now: Duration) -> Bool {
        var next = GuardJudge(subject)
        (next.good, next.bad) = GuardJudge.tests(subject, window: other.window)
        guard GuardJudge.restore(&next.good, other.good),
            GuardJudge.restore(&next.bad, other.bad)
        else { return false }
        next.looks = other.looks
        next.window = other.window
        if subject.over == nil {
            next.samples = other.samples
            next.reclassified = other.reclassified
            next.latencies.add(LatencyHistogram(counts: other.latencies), now: now)
            next.otherLatencies.add(LatencyHistogram(counts: other.otherLatencies), now: now)
        } else if next.tumbles {
            next.openWindow(other.window + 1, now)
        }
        self = next
        return true
    }

    private static func restore(_ test: inout MeanTest?, _ progress: MeanTest.Progress?) -> Bool {
        switch (test, progress) {
        case (nil, nil): return true
        case (var whole?, let progress?):
            defer { test = whole }
            return whole.restore(progress)
        default: return false
        }
    }
}
