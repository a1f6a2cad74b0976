import PlanCore
import Testing

@Suite struct PlanWordsTests {
    @Test(arguments: [
        ("discrepency_rate", "discrepancy_rate"), ("recal", "recall"), ("Recall", "recall"),
        ("mising", "missing"), ("extar", "extra"),
    ])
    func `a misspelt word finds its neighbour`(typed: String, meant: String) {
        let words = Metric.all.map(\.text)
        #expect(Suggestion.nearest(to: typed, among: words) == meant)
    }

    @Test(arguments: ["", "xyz", "frobnicate", "latency"])
    func `a word without a neighbour finds none`(typed: String) {
        #expect(Suggestion.nearest(to: typed, among: ["backfill", "verify", "soak"]) == nil)
    }

    @Test func `without a neighbour the hint lists what there is`() {
        #expect(Suggestion.hint(for: "zzz", among: ["soak", "verify"]) == "one of soak, verify")
        #expect(Suggestion.hint(for: "soka", among: ["soak", "verify"]) == "did you mean 'soak'?")
    }

    @Test(arguments: [
        ("127.0.0.1:6333", true), ("localhost:1", true), ("[::1]:6333", true),
        ("127.1.2.3:0", true),
        ("0.0.0.0:6333", false), ("10.0.0.1:6333", false), ("[::]:6333", false),
        ("127.evil.example.com:1", false), ("127.0.0.256:1", false), ("db:1", false),
    ])
    func `loopback is told from the network`(text: String, isLoopback: Bool) throws {
        let address = try #require(HostPort(text))
        #expect(address.isLoopback == isLoopback)
        #expect(address.text == text)
    }

    @Test(arguments: [
        "", ":1", "host", "host:", "host:65536", "host:-1", "host:1x", "::1:6333", "a b:1",
    ])
    func `what is no address is refused`(text: String) { #expect(HostPort(text) == nil) }

    @Test func `a reference is found in the environment or a file, without its line break`() throws
    {
        let environment: (String) -> String? = { ["A": "x"][$0] }
        let read: (String) -> String? = { ["f": "y\n"][$0] }
        #expect(try ValueReference("env:A").resolve(environment: environment, read: read) == "x")
        #expect(try ValueReference("file:f").resolve(environment: environment, read: read) == "y")
        #expect(try ValueReference("z").resolve(environment: environment, read: read) == "z")
    }

    @Test(arguments: [
        ("env:B", "the environment variable 'B' is not set"), ("file:g", "cannot read 'g'"),
        ("file:empty", "'empty' is empty"),
    ])
    func `a reference to nothing is refused by its name`(text: String, message: String) {
        let error = #expect(throws: Diagnostic.self) {
            try ValueReference(text).resolve(
                environment: { _ in nil }, read: { $0 == "empty" ? "\n" : nil })
        }
        #expect(error?.message == message)
    }

    @Test func `a literal secret is no secret reference`() {
        #expect(SecretReference("swordfish") == nil)
        #expect(SecretReference("env:") == nil)
        #expect(SecretReference("env:A")?.text == "env:A")
    }

    @Test func `an address is shown without its credentials`() {
        #expect(
            ValueReference("postgresql://me:pw@db:5432/x@y").redacted
                == "postgresql://REDACTED@db:5432/x@y")
        #expect(ValueReference("http://db:1/a@b").redacted == "http://db:1/a@b")
        #expect(ValueReference("env:A").redacted == "env:A")
    }

    @Test func `paths of a plan start at its folder`() {
        let endpoint = StoreEndpoint(kind: .sqlite, address: .literal("a.db"), collection: "t")
        func plan(_ file: String) -> Plan {
            Plan(file: file, name: "p", source: endpoint, target: endpoint)
        }
        #expect(plan("plans/a.yaml").path("a.db") == "plans/a.db")
        #expect(plan("a.yaml").path("a.db") == "a.db")
        #expect(plan("/a.yaml").path("a.db") == "/a.db")
        #expect(plan("plans/a.yaml").path("/x/a.db") == "/x/a.db")
    }

    @Test func `NaN meets no condition`() {
        for comparison in Condition.Comparison.allCases {
            #expect(!Condition(comparison, 1).holds(.nan))
        }
    }

    @Test func `every metric is found by its own spelling`() {
        for metric in Metric.all { #expect(Metric(metric.text) == metric) }
        #expect(Metric("latency_p99") == nil)
        #expect(Metric("missing.target") == nil)
    }

    @Test func `a cutover and its soak roll back, the other steps pause`() {
        let rolling = StepWord.allCases.filter { $0.onFailure == .rollback }
        #expect(rolling == [.cutover, .soak])
    }
}
