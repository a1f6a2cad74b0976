import PlanCore
import PlanSyntax
import Testing

@Suite struct GuardFormTests {
    private func guards(_ lines: String) throws -> [Guard] {
        let text = """
            plan: 1
            name: guards
            source: {store: sqlite, path: a.db, table: items}
            target: {store: sqlite, path: b.db, table: items}
            steps:
              - create_target
              - dual_write
              - verify
              - mirror: {duration: 1m}
                guards:
            \(lines.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n"))
            """
        let result = PlanParser.parse(text: text, file: "p")
        return try #require(result.plan, "\(result.diagnostics)").steps.last?.guards ?? []
    }

    @Test func `the short and the long form are one guard`() throws {
        let both = try guards(
            """
            - discrepancy_rate < 1% over 5m with 200 samples
            - metric: discrepancy_rate
              success_condition: "< 1%"
              over: 5m
              min_samples: 200
              name: discrepancy_rate
            """)
        var second = both[1]
        #expect(second.name == "discrepancy_rate-2", "the history is kept by name")
        second.name = both[0].name
        second.line = both[0].line
        #expect(second == both[0])
    }

    @Test(arguments: [
        ("discrepancy_rate < 1%", 0.01), ("discrepancy_rate < 0.01", 0.01),
        ("recall >= 0.95", 0.95), ("latency_p99.target < 250ms", 250),
        ("latency_p99.target < 2s", 2_000), ("latency_p99.target < 50", 50),
        ("repair_age < 2m", 120), ("repair_backlog < 100", 100), ("latency_ratio_p99 < 1.5", 1.5),
        ("missing == 0", 0), ("discrepancy_rate<2.5%", 0.025),
    ])
    func `a value is kept in its metric's unit`(line: String, value: Double) throws {
        #expect(try guards("- \(line)").first?.success?.value == value)
    }

    @Test func `rates want a hundred samples, latencies thirty, counts none`() throws {
        let found = try guards(
            """
            - read_error_rate.source < 1%
            - latency_p95.source < 1s
            - missing == 0
            """)
        #expect(found.map(\.minSamples) == [100, 30, 0])
    }

    @Test func `discrepancies and recall must be shown good, errors not shown bad`() throws {
        let found = try guards(
            """
            - discrepancy_rate < 1%
            - recall >= 0.9
            - read_error_rate.target < 1%
            """)
        #expect(found.map(\.require) == [.shownGood, .shownGood, .notShownBad])
    }

    @Test func `the defaults are the documented ones`() throws {
        let found = try #require(try guards("- missing == 0").first)
        #expect(found.interval == .seconds(5))
        #expect(found.initialDelay == .zero)
        #expect(found.count == nil)
        #expect(found.failureLimit == 0)
        #expect(found.inconclusiveLimit == nil)
        #expect(found.consecutiveErrorLimit == 4)
        #expect(found.consecutiveSuccessLimit == 0)
        #expect(found.confidence == 0.95)
    }

    @Test func `every metric can be guarded in the short form`() throws {
        for metric in Metric.all {
            let value =
                switch metric.name.family {
                case .rate, .quality: "5%"
                case .latency, .age: "5s"
                case .ratio: "1.5"
                case .count, .external: "5"
                }
            #expect(try guards("- \(metric.text) < \(value)").first?.measure == .metric(metric))
        }
    }
}
