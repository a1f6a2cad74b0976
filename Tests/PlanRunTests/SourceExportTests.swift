import PlanCore
import PlanRun
import Testing

/// What `decommission` leaves of the source before it takes it away.
@Suite struct SourceExportTests {
    private static func step(_ fate: DecommissionOptions.Fate = .drop) -> StepKind {
        var options = DecommissionOptions()
        options.source = fate
        options.export = "exports"
        return .decommission(options)
    }

    private func place(_ name: String, _ bench: RunBench) -> MemoryShelf.Place {
        MemoryShelf.Place(folder: bench.plan.path("exports"), name: name)
    }

    private func expectRefusal(_ place: MemoryShelf.Place, _ bench: RunBench) async throws {
        let end = try await bench.apply()
        #expect(
            end.failure
                == "'\(place.folder)' holds a collection '\(place.name)' that this run did not "
                + "make")
        #expect(bench.shelf[place] == RunBench.other)
        #expect(bench.shelf[bench.source.place] == RunBench.held)
    }

    private func expectExport(_ bench: RunBench) async throws {
        #expect(try await bench.apply() == .done)
        #expect(bench.shelf[place("things", bench)]?.records == RunBench.held.records)
        #expect(bench.shelf[place("things.new", bench)] == nil)
    }

    @Test(arguments: ["things", "things.new"])
    func `what lies where the export goes is refused while the source still follows`(
        name: String
    ) async throws {
        try await RunBench.with(Self.step()) { bench in
            let taken = place(name, bench)
            bench.shelf[taken] = RunBench.other
            try await expectRefusal(taken, bench)
            #expect(try await bench.route.follower == .source)
            #expect(try await !bench.record.isPastReturn)
            bench.shelf[taken] = nil
            try await expectExport(bench)
            #expect(bench.shelf[bench.source.place] == nil)
        }
    }

    @Test(arguments: ["export_begun", "export_whole"])
    func `an export that was cut short is made anew`(note: String) async throws {
        try await RunBench.with(Self.step()) { bench in
            try await bench.applyAndDie { $0.steps[1].notes[note] != nil }
            // As far as it came.
            bench.shelf[place("things.new", bench)] = RunBench.other
            try await expectExport(bench)
            #expect(bench.shelf[bench.source.place] == nil)
        }
    }

    @Test func `an export that is whole and has its name is kept`() async throws {
        try await RunBench.with(Self.step(.keep)) { bench in
            try await bench.applyAndDie { $0.machine.states[1] == .done }
            await bench.disk.change {
                $0.machine = RunMachine(states: [.done, .running], direction: .forward)
            }
            try await expectExport(bench)
            #expect(bench.shelf.events.count { $0.hasSuffix("/things.new rename") } == 1)
        }
    }

    @Test func `what was put in the place of an interrupted export is none`() async throws {
        try await RunBench.with(Self.step()) { bench in
            try await bench.applyAndDie { $0.steps[1].notes["export_whole"] != nil }
            let taken = place("things", bench)
            bench.shelf[taken] = RunBench.other
            try await expectRefusal(taken, bench)
            bench.shelf[taken] = nil
            try await expectExport(bench)
        }
    }

    @Test func `a source whose reads lag is read when they do not any more`() async throws {
        try await RunBench.with(Self.step(), staleness: .milliseconds(4_321)) { bench in
            try await expectExport(bench)
            let events = bench.shelf.events
            let waited = try #require(events.firstIndex(of: "sleeps 4321 ms"))
            let reads = events.indices.filter {
                ["source/things scan", "source/things count"].contains(events[$0])
            }
            #expect(reads.count == 2 && reads.allSatisfy { $0 > waited }, "\(reads)")
        }
    }
}
