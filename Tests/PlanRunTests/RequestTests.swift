import PlanCore
import PlanLedger
import PlanRun
import PlanSync
import Testing

/// What people ask for while the run goes back.
@Suite struct RequestTests {
    private func ask(_ kind: String, _ argument: String, _ bench: RunBench) async throws {
        let request = PersonRequest(kind: kind, argument: argument, user: "me", time: 0)
        try await bench.ledger.write(.durable) { try $0.insert(request) }
    }

    @Test func `a rollback that is asked for once more is not asked for again by the next apply`()
        async throws
    {
        try await RunBench.with(.soak(SoakOptions(duration: .zero))) { bench in
            try await ask("rollback", "stable", bench)
            let end = try await bench.executor().rollBack(to: .stable, by: "me")
            #expect(end == .rolledBack("asked for by me"))
            #expect(try await bench.route.authority == .source)
            #expect(try await bench.ledger.read { try $0.requests() }.isEmpty)
            #expect(try await bench.apply() == .done)
            #expect(try await bench.route.authority == .target)
        }
    }

    @Test func `a pause ends a rollback that waits, and it is taken back`() async throws {
        try await RunBench.with(.soak(SoakOptions(duration: .zero))) { bench in
            // Its owner is never reclaimed here: going back waits for it.
            _ = try await bench.ledger.write(.durable) {
                try $0.begin([.int(1)], ids: [77], owner: 999, since: 0, flaws: [])
            }
            try await ask("pause", "", bench)
            let paused = try await bench.executor().rollBack(to: .stable, by: "me")
            #expect(paused == .paused("paused by me"))
            let status = try await bench.status
            #expect(status.goesBack == .reversible, "\(status)")
            #expect(status.next.contains("--forward"), "\(status.next)")
            let end = try await bench.executor().apply(takesBack: true)
            #expect(end == .done)
            #expect(try await bench.route.authority == .target)
            #expect(try await bench.status.goesBack == nil)
        }
    }

    @Test func `what was said of a rollback that is taken back says nothing of the next`()
        async throws
    {
        try await RunBench.with(.soak(SoakOptions(duration: .zero))) { bench in
            await bench.disk.change { record in
                record.machine = RunMachine(states: [.done, .undone], direction: .back(to: 0))
                record.steps[0].notes["refused_since"] = "1"
                record.steps[0].notes[RunStatus.undecided] = "1"
            }
            try bench.write("DB=old\n", to: "shop.env")
            #expect(try await bench.executor().apply(takesBack: true) == .done)
            let notes = try await bench.record.steps[0].notes
            #expect(notes["refused_since"] == nil && notes[RunStatus.undecided] == nil)
            // The application had been told of the source again.
            #expect(try bench.application == "DB=new\n")
        }
    }

    @Test func `a rollback after which the source leads is not taken back`() async throws {
        try await RunBench.with(.soak(SoakOptions(duration: .zero))) { bench in
            // The process ended before `run.json` knew.
            try await bench.set(Route(epoch: 9, authority: .source, follower: .target))
            await bench.disk.change { record in
                record.machine = RunMachine(states: [.done, .undone], direction: .back(to: 0))
            }
            #expect(try await bench.status.goesBack == .final)
            let executor = try await bench.executor()
            await #expect(throws: Diagnostic.self) { try await executor.apply(takesBack: true) }
            #expect(try await bench.route.authority == .source)
        }
    }
}
