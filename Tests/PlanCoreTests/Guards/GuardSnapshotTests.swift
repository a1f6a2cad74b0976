import Foundation
import PlanCore
import Testing

@Suite struct GuardSnapshotTests {
    private func subject(_ name: Metric, over: Duration? = nil) -> Guard {
        var made = Guard(.metric(name), success: Condition(.less, 0.01))
        made.over = over
        made.failureLimit = 3
        return made
    }

    private func restored(_ monitor: GuardMonitor, at then: Duration, _ now: Duration)
        throws -> GuardMonitor
    {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let text = try encoder.encode(monitor.snapshot(now: then))
        var other = GuardMonitor(monitor.subject)
        let isRestored = other.restore(
            try decoder.decode(GuardSnapshot.self, from: text), now: now)
        #expect(isRestored)
        return other
    }

    @Test func `a rate goes on with its samples`() throws {
        var whole = GuardMonitor(subject(Metric(.discrepancyRate)))
        whole.feed(.net(.init(zero: 300, plus: 1), reclassified: 2), now: .seconds(100))
        _ = whole.evaluate(now: .seconds(100))
        var parts = try restored(whole, at: .seconds(103), .seconds(3))
        #expect(parts.last == whole.last)
        #expect(!parts.isDue(now: .seconds(4)))
        #expect(parts.isDue(now: .seconds(5)))
        whole.feed(.net(.init(zero: 600), reclassified: 0), now: .seconds(105))
        parts.feed(.net(.init(zero: 600), reclassified: 0), now: .seconds(5))
        _ = whole.evaluate(now: .seconds(105))
        _ = parts.evaluate(now: .seconds(5))
        #expect(parts.last == whole.last)
        #expect(parts.last?.samples == 901)
        #expect(parts.evaluations == 2)
    }

    @Test func `latencies without a span go on, those of a span begin anew`() throws {
        var latencies = LatencyHistogram()
        latencies.add(bucket: 200, 500)
        var whole = GuardMonitor(subject(Metric(.latencyP99, .target)))
        whole.feed(.latencies(latencies), now: .zero)
        #expect(try restored(whole, at: .zero, .zero).judge.judgement.samples == 500)
        var sliding = GuardMonitor(subject(Metric(.latencyP99, .target), over: .seconds(60)))
        sliding.feed(.latencies(latencies), now: .zero)
        #expect(try restored(sliding, at: .zero, .zero).judge.judgement.samples == 0)
    }

    @Test func `failures stay counted and a tumbling window is a new one`() throws {
        let metric = Metric(.readErrorRate, .target)
        var monitor = GuardMonitor(subject(metric, over: .seconds(60)))
        for minute in 0..<3 {
            monitor.feed(.trials(500, failures: 250), now: .seconds(minute * 60))
            _ = monitor.evaluate(now: .seconds(minute * 60))
        }
        var next = try restored(monitor, at: .seconds(121), .zero)
        #expect(next.judge.window == 4)
        #expect(next.judge.judgement.samples == 0)
        next.feed(.trials(500, failures: 250), now: .zero)
        guard case .failed = next.evaluate(now: .zero) else {
            Issue.record("the fourth bad window was forgiven")
            return
        }
    }

    @Test func `what another guard saw is not taken over`() {
        let other = GuardMonitor(subject(Metric(.writeErrorRate, .target)))
        var monitor = GuardMonitor(subject(Metric(.readErrorRate, .target)))
        let isRestored = monitor.restore(other.snapshot(now: .zero), now: .zero)
        #expect(!isRestored)
    }
}
