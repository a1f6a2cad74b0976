import Testing

/// Each rule finds what it is there to find.
@Suite struct TidyRulesTests {
    private func file(_ lines: [String]) -> SourceTree.File { .init(path: "x.swift", lines: lines) }

    @Test func `a long file and a long line are found`() {
        #expect(TidyRules.size(file(Array(repeating: "", count: 501))).count == 1)
        #expect(TidyRules.size(file([String(repeating: "x", count: 113)])).count == 1)
        #expect(TidyRules.size(file(["short"])).isEmpty)
    }

    @Test func `a long function is found`() {
        let body = Array(repeating: "    x()", count: 70)
        #expect(TidyRules.functions(file(["func f() {"] + body + ["}"])).count == 1)
        #expect(TidyRules.functions(file(["func `a test`() {"] + body + ["}"])).count == 1)
        #expect(TidyRules.functions(file(["func f() {", "    x()", "}"])).isEmpty)
    }

    @Test func `a forced try is found`() {
        #expect(TidyRules.forbidden(file(["let x = try" + "! f()"])).count == 1)
    }

    @Test func `a stray task and a real clock are found`() {
        #expect(TidyRules.determinism(file(["Task { await f() }"])).count == 1)
        #expect(TidyRules.determinism(file(["let now = ContinuousClock.now"])).count == 1)
        #expect(TidyRules.determinism(file(["// Task { } in a comment"])).isEmpty)
    }

    @Test func `imports are read with their attributes`() {
        let found = TidyRules.imports(file(["@preconcurrency import Glibc", "import PlanCore"]))
        #expect(found.map(\.module) == ["Glibc", "PlanCore"])
    }

    @Test func `who starts programs is found`() {
        #expect(TidyRules.starts(file(["let process = Process" + "()"])).count == 1)
        #expect(TidyRules.starts(file(["private let process = Mutex(Process" + "())"])).count == 1)
        #expect(TidyRules.starts(file(["let process = Foundation.Process" + "()"])).count == 1)
        #expect(TidyRules.starts(file(["try Process" + ".run(url, arguments: [])"])).count == 1)
        #expect(TidyRules.starts(file(["try ChildProcess(words)", "CostProcess()"])).isEmpty)
    }
}
