import Foundation
import PlanCore
import PlanLedger
import PlanStores
import Testing

@testable import PlanSync

/// Writes and reads that applications carry out themselves, on a real ledger.
@Suite struct LeaseTests {
    private struct Bench: Sendable {
        let ledger: SQLiteLedger
        let session: Session
        let time: FlipTests.ScriptedTime
        let leases = WriteLeases(stamp: "test")

        var writer: LeasedWriter {
            let gate = HoldGate()
            return LeasedWriter(
                session: session, gate: gate, writer: RecordWriter(session: session, gate: gate),
                leases: leases)
        }

        func set(_ route: Route) async throws {
            try await ledger.write(.durable) { try $0.setRoute(route) }
            try await session.refresh()
        }

        /// Open intents and marked keys.
        var backlog: [Int] {
            get async throws {
                try await ledger.read { [try $0.intentCount(), try $0.dirtyCount()] }
            }
        }

        func end(_ lease: WriteLease, _ outcome: LeasedOutcome) async throws -> LeaseEnd {
            guard case .held(let held) = leases.take(lease.name) else { return .lapsed }
            return await writer.end(held, outcome)
        }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/leases-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ledger = try SQLiteLedger.create(
            path: folder + "/ledger.sqlite", id: "x", epoch: 0, host: "h", syncs: false)
        let time = FlipTests.ScriptedTime()
        func store(_ name: String) -> SQLiteStore {
            SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: "\(folder)/\(name).db", table: "items"))
        }
        let environment = SyncEnvironment(
            ledger: ledger, source: store("source"), target: store("target"),
            mapping: IdentityMapping(), time: time)
        let session = try await Session.join(
            environment, gateway: "g", host: "h", process: 1, view: RouteView(now: time.now))
        try await body(Bench(ledger: ledger, session: session, time: time))
        await ledger.close()
    }

    @Test func `a write is covered by intents until it is ended`() async throws {
        try await withBench { bench in
            try await bench.set(Route(epoch: 3, follower: .target))
            let lease = try await bench.writer.begin([.int(1), .int(2)])
            #expect(lease.route.authority == .source && lease.route.follower == .target)
            #expect(try await bench.backlog == [2, 0])
            try await bench.set(Route(epoch: 4, follower: .target, mirror: 100))
            #expect(bench.session.route.drained == nil)
            #expect(try await bench.end(lease, .written) == .settled)
            #expect(try await bench.backlog == [0, 0])
            #expect(bench.session.route.drained == 4)
        }
    }

    @Test(arguments: [
        (LeasedOutcome.followerFailed, LeaseEnd.repairing, [0, 1]),
        (.nothing, .untouched, [0, 0]), (.unknown, .unknown, [1, 0]),
    ])
    func `what is told of a write decides what becomes of its key`(
        outcome: LeasedOutcome, end: LeaseEnd, backlog: [Int]
    ) async throws {
        try await withBench { bench in
            try await bench.set(Route(epoch: 3, follower: .target))
            let lease = try await bench.writer.begin([.int(1)])
            #expect(try await bench.end(lease, outcome) == end)
            #expect(try await bench.backlog == backlog)
            #expect(bench.session.orphans.count == (outcome == .unknown ? 1 : 0))
        }
    }

    @Test func `two writes of one key at once leave it to the repair`() async throws {
        try await withBench { bench in
            try await bench.set(Route(epoch: 3, follower: .target))
            let first = try await bench.writer.begin([.int(1)])
            let second = try await bench.writer.begin([.int(1)])
            #expect(try await bench.end(first, .written) == .repairing)
            #expect(try await bench.end(second, .written) == .repairing)
            #expect(try await bench.backlog == [0, 1])
        }
    }

    @Test func `a write that is not ended in time is of unknown outcome`() async throws {
        try await withBench { bench in
            try await bench.set(Route(epoch: 3, follower: .target))
            let lease = try await bench.writer.begin([.int(1)])
            let view = bench.session.route
            try await bench.time.sleep(for: lease.span - .milliseconds(1))
            bench.leases.expire(view, now: bench.time.now)
            #expect(bench.leases.count == 1)
            try await bench.time.sleep(for: .milliseconds(1))
            bench.leases.expire(view, now: bench.time.now)
            #expect(bench.leases.count == 0 && view.inFlight == 0)
            #expect(try await bench.backlog == [1, 0])
            #expect(bench.session.orphans.count == 1)
            guard case .lapsed(let held) = bench.leases.take(lease.name) else {
                Issue.record("it is forgotten")
                return
            }
            await bench.writer.endLate(held, .written)
            #expect(try await bench.backlog == [1, 1])
        }
    }

    @Test func `a write waits while authority moves`() async throws {
        try await withBench { bench in
            let hold = Hold(stage: .holding, weightBefore: 0, budget: .seconds(2))
            try await bench.set(Route(epoch: 3, follower: .target, hold: hold))
            bench.time.onSleep { now in
                guard now >= .milliseconds(20) else { return }
                try await bench.set(Route(epoch: 4, authority: .target, follower: .source))
            }
            let lease = try await bench.writer.begin([.int(1)])
            #expect(lease.route.authority == .target && lease.route.follower == .source)
            #expect(try await bench.backlog == [1, 0])
        }
    }

    // MARK: - Readers

    private let second = Duration.seconds(1)

    private func view() -> RouteView { RouteView(route: Route(epoch: 1), now: .zero) }

    @Test func `an epoch is drained when each reader has shown that it follows it`() {
        let (view, readers) = (view(), ReaderLeases())
        for name in ["a", "b"] {
            let told = readers.renew(name, holding: nil, view: view, now: .zero, span: second)
            #expect(told?.epoch == 1)
        }
        view.adopt(Route(epoch: 2), asked: .zero)
        #expect(view.drained == nil)
        // Told of it, not following it yet.
        #expect(
            readers.renew("a", holding: 1, view: view, now: .zero, span: second)?.epoch == 2)
        #expect(
            readers.renew("b", holding: 2, view: view, now: .zero, span: second)?.epoch == 2)
        #expect(view.drained == nil)
        #expect(
            readers.renew("a", holding: 2, view: view, now: .zero, span: second)?.epoch == 2)
        #expect(view.drained == 2)
    }

    @Test func `a reader that is gone is waited for no longer than its time`() {
        let (view, readers) = (view(), ReaderLeases())
        _ = readers.renew("a", holding: nil, view: view, now: .zero, span: second)
        _ = readers.renew("a", holding: 1, view: view, now: .milliseconds(500), span: second)
        view.adopt(Route(epoch: 2), asked: .zero)
        readers.expire(view, now: .milliseconds(1_499))
        #expect(view.drained == nil)
        readers.expire(view, now: .milliseconds(1_500))
        #expect(view.drained == 2)
        #expect(view.inFlight == 0 && readers.count == 0)
    }

    @Test func `there is an end to the readers that are counted`() {
        let (view, readers) = (view(), ReaderLeases())
        for number in 0..<ReaderLeases.limit {
            _ = readers.renew("\(number)", holding: nil, view: view, now: .zero, span: second)
        }
        #expect(readers.renew("x", holding: nil, view: view, now: .zero, span: second) == nil)
        #expect(readers.renew("7", holding: nil, view: view, now: .zero, span: second) != nil)
        #expect(view.inFlight == ReaderLeases.limit)
    }
}
