import PlanCore
import Testing

@Suite struct GuardMonitorTests {
    private func subject(_ name: Metric.Name, _ comparison: Condition.Comparison, _ value: Double)
        -> Guard
    {
        Guard(.metric(Metric(name)), success: Condition(comparison, value))
    }

    @Test func `no data is never a pass`() {
        for metric in [Metric.Name.discrepancyRate, .missing, .latencyRatioP99, .recall] {
            var monitor = GuardMonitor(subject(metric, .less, 0.01))
            monitor.feed(.nothing, now: .zero)
            _ = monitor.evaluate(now: .zero)
            guard case .inconclusive = monitor.outcome else {
                Issue.record("\(metric) came to \(monitor.outcome)")
                continue
            }
        }
    }

    @Test func `too many samples in flux are inconclusive`() {
        var monitor = GuardMonitor(subject(.discrepancyRate, .less, 0.01))
        monitor.feed(.net(.init(zero: 5_000), reclassified: 300), now: .zero)
        _ = monitor.evaluate(now: .zero)
        #expect(monitor.last?.verdict == .inconclusive)
    }

    @Test func `a count passes and fails by its number`() {
        var monitor = GuardMonitor(subject(.missing, .equal, 0))
        monitor.feed(.number(0, samples: 10), now: .zero)
        _ = monitor.evaluate(now: .zero)
        #expect(monitor.outcome == .satisfied)
        monitor.feed(.number(3, samples: 10), now: .seconds(5))
        guard case .failed = monitor.evaluate(now: .seconds(5)) else {
            Issue.record("three missing keys passed")
            return
        }
    }

    @Test func `failures up to the limit are forgiven`() {
        var loose = subject(.repairBacklog, .less, 10)
        loose.failureLimit = 1
        var monitor = GuardMonitor(loose)
        monitor.feed(.number(50, samples: 1), now: .zero)
        #expect(monitor.evaluate(now: .zero) == .watching)
        monitor.feed(.number(50, samples: 1), now: .seconds(5))
        guard case .failed = monitor.evaluate(now: .seconds(5)) else {
            Issue.record("two failures were forgiven")
            return
        }
    }

    @Test func `a dry run decides nothing`() {
        var dry = subject(.missing, .equal, 0)
        dry.dryRun = true
        var monitor = GuardMonitor(dry)
        monitor.feed(.number(9, samples: 1), now: .zero)
        #expect(monitor.evaluate(now: .zero) == .watching)
        #expect(monitor.outcome == .satisfied)
    }

    @Test func `a metric that cannot be asked is inconclusive after its limit`() {
        var monitor = GuardMonitor(subject(.repairBacklog, .less, 10))
        for round in 0..<5 {
            monitor.feed(.error("no answer"), now: .seconds(round * 5))
            _ = monitor.evaluate(now: .seconds(round * 5))
        }
        guard case .inconclusive = monitor.state else {
            Issue.record("five errors came to \(monitor.state)")
            return
        }
    }

    @Test func `with both conditions what meets neither is inconclusive`() {
        var both = subject(.repairBacklog, .less, 10)
        both.failure = Condition(.greater, 100)
        var monitor = GuardMonitor(both)
        monitor.feed(.number(50, samples: 1), now: .zero)
        _ = monitor.evaluate(now: .zero)
        #expect(monitor.last?.verdict == .inconclusive)
        monitor.feed(.number(101, samples: 1), now: .seconds(5))
        _ = monitor.evaluate(now: .seconds(5))
        #expect(monitor.last?.verdict == .fail)
    }

    @Test func `a bad window of a rate counts as one failure, however often it is looked at`() {
        var windowed = Guard(
            .metric(Metric(.readErrorRate, .target)), success: Condition(.less, 0.01))
        windowed.over = .seconds(60)
        windowed.failureLimit = 1
        var monitor = GuardMonitor(windowed)
        monitor.feed(.trials(500, failures: 250), now: .zero)
        for second in [0, 5, 10, 15] {
            #expect(monitor.evaluate(now: .seconds(second)) == .watching)
            #expect(monitor.last?.verdict == .fail)
        }
        monitor.feed(.trials(500, failures: 250), now: .seconds(60))
        guard case .failed = monitor.evaluate(now: .seconds(60)) else {
            Issue.record("two bad windows were forgiven")
            return
        }
    }

    @Test func `looking without counting does not use up the failures that are borne`() {
        var loose = subject(.repairBacklog, .less, 10)
        loose.failureLimit = 1
        var monitor = GuardMonitor(loose)
        for look in 0..<12 {
            monitor.feed(.number(50, samples: 1), now: .milliseconds(look * 250))
            monitor.refresh()
        }
        #expect(monitor.state == .watching)
        #expect(monitor.last?.verdict == .fail)
        #expect(monitor.evaluations == 0)
    }

    @Test func `errors are counted by measurement, not by look`() {
        var monitor = GuardMonitor(subject(.repairBacklog, .less, 10))
        for look in 0..<12 {
            monitor.feed(.error("no answer"), now: .milliseconds(look * 250))
            monitor.refresh()
        }
        #expect(monitor.evaluate(now: .seconds(3)) == .watching)
    }

    @Test func `an initial delay is waited for`() {
        var delayed = subject(.repairBacklog, .less, 10)
        delayed.initialDelay = .seconds(10)
        var monitor = GuardMonitor(delayed)
        monitor.begin(now: .seconds(100))
        #expect(!monitor.isDue(now: .seconds(105)))
        #expect(monitor.isDue(now: .seconds(110)))
    }

    @Test func `a mean overlap just below its bound by chance does not fail`() {
        var monitor = GuardMonitor(subject(.overlap, .greaterOrEqual, 0.9))
        var shares = SampleCounts()
        shares.add(900_000, 119)
        shares.add(800_000, 1)
        monitor.feed(.shares(shares), now: .zero)
        _ = monitor.evaluate(now: .zero)
        #expect(monitor.last?.verdict == .inconclusive)
    }

    @Test func `a low quantile of recall is judged by what its queries can show`() {
        var monitor = GuardMonitor(subject(.recallP5, .greaterOrEqual, 0.8))
        var found = SampleCounts()
        found.add(1_000_000, 187)
        found.add(700_000, 13)
        monitor.feed(.sample(found), now: .zero)
        _ = monitor.evaluate(now: .zero)
        #expect(monitor.last?.verdict == .inconclusive)
        found.add(700_000, 60)
        monitor.feed(.sample(found), now: .seconds(5))
        _ = monitor.evaluate(now: .seconds(5))
        #expect(monitor.last?.verdict == .fail)
    }

    @Test func `a check that found the same is not counted twice`() {
        var monitor = GuardMonitor(subject(.recall, .greaterOrEqual, 0.95))
        var found = SampleCounts()
        found.add(1_000_000, 200)
        for round in 0..<5 {
            monitor.feed(.sample(found), now: .seconds(round * 5))
            _ = monitor.evaluate(now: .seconds(round * 5))
        }
        #expect(monitor.last?.samples == 200)
        #expect(monitor.last?.verdict == .pass)
    }
}
