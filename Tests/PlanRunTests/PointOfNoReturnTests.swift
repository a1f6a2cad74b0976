import PlanCore
import PlanRun
import Testing

/// Where the source is let go: what a process that dies there leaves, and who may still go back.
@Suite struct PointOfNoReturnTests {
    private static func step(_ word: String) -> StepKind {
        word == "detach" ? .detach(DetachOptions()) : .decommission(DecommissionOptions())
    }

    private static func words(_ step: String) -> String {
        "'\(step)' is past: the source no longer follows, and going back would lose writes"
    }

    /// Nothing is undone, and the application is pointed nowhere else.
    private func expectRefusal(_ bench: RunBench, by step: String) async throws {
        let before = try await bench.record.machine
        let executor = try await bench.executor()
        let refusal = await #expect(throws: Diagnostic.self) {
            _ = try await executor.rollBack(to: .stable, by: "me")
        }
        #expect(refusal?.message == Self.words(step))
        let after = try await bench.record.machine
        #expect(after == before)
        #expect(try bench.application == "DB=new\n")
    }

    /// What the tests below refuse would be done.
    @Test(arguments: ["detach", "decommission"])
    func `until then a rollback goes back, and tells the application`(word: String) async throws {
        try await RunBench.with(Self.step(word)) { bench in
            let end = try await bench.executor().rollBack(to: .stable, by: "me")
            #expect(end == .rolledBack("asked for by me"))
            #expect(try bench.application == "DB=old\n")
            #expect(try await bench.route.authority == .source)
        }
    }

    @Test(arguments: ["detach", "decommission"])
    func `a run that dies before the source is let go only goes forward`(
        word: String
    ) async throws {
        try await RunBench.with(Self.step(word)) { bench in
            try await bench.applyAndDie { $0.isPastReturn }
            #expect(try await bench.route.follower == .source)
            try await expectRefusal(bench, by: word)
            let status = try await bench.status
            #expect(status.next == "plan apply \(bench.plan.file)")
            #expect(status.advice?.contains("apply finishes the run") == true)
            #expect(try await bench.apply() == .done)
            #expect(try await bench.route.follower == nil)
            try await expectRefusal(bench, by: word)
            #expect(try await bench.status.advice == nil)
        }
    }

    /// As an older build left it: it noted last that the source was let go.
    @Test(arguments: ["detach", "decommission"])
    func `a source that was let go and not noted is not gone back to`(word: String) async throws {
        try await RunBench.with(Self.step(word)) { bench in
            await bench.disk.change {
                $0.machine = RunMachine(states: [.done, .running], direction: .forward)
            }
            try await bench.set(Route(epoch: 5, authority: .target))
            try await expectRefusal(bench, by: word)
            #expect(try await bench.apply() == .done)
        }
    }

    @Test func `a rollback that an older build began tells the application nothing`() async throws {
        try await RunBench.with(Self.step("detach")) { bench in
            await bench.disk.change {
                $0.machine = RunMachine(states: [.done, .undone], direction: .back(to: 0))
            }
            try await bench.set(Route(epoch: 5, authority: .target))
            let end = try await bench.apply()
            #expect(end.failure == "cannot undo 'cutover': " + Self.words("detach"))
            #expect(try bench.application == "DB=new\n")
        }
    }

    /// `apply` has made it wait again, and ended before it began.
    @Test func `a step that failed past the point is past it while it waits, too`() async throws {
        try await RunBench.with(Self.step("detach")) { bench in
            await bench.disk.change { $0.steps[1].notes[RunRecord.noReturn] = "true" }
            try await expectRefusal(bench, by: "detach")
        }
    }

    @Test func `what fails past the point is mended and applied, never rolled back`() async throws {
        var options = DetachOptions()
        options.config = [RunBench.change("late.env")]
        options.idle = .zero
        try await RunBench.with(.detach(options)) { bench in
            let end = try await bench.apply()
            #expect(end.failure?.contains("late.env") == true, "\(end)")
            let status = try await bench.status
            #expect(status.next == "plan apply \(bench.plan.file)   (after mending it)")
            try bench.write("DB=old\n", to: "late.env")
            #expect(try await bench.apply() == .done)
        }
    }

    /// Who moved authority died before it wrote that down: `recover` goes by `run.json`.
    @Test func `with the point of no return the authority is noted`() async throws {
        try await RunBench.with(Self.step("detach")) { bench in
            await bench.disk.change { $0.authority = .source }
            try await bench.applyAndDie { $0.isPastReturn }
            #expect(try await bench.record.authority == .target)
        }
    }
}
