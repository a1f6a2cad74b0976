import Foundation
import PlanCore
import PlanLedger
import PlanStores
import PlanSync
import Synchronization
import Testing

/// What a flip waits for, as a new executor finds the ledger. Nothing but the clock's own hook
/// moves between its looks.
@Suite struct FlipTests {
    /// Every sleep passes at once; then the hook sees the time, and may change the world.
    final class ScriptedTime: TimeSource {
        private let elapsed = Mutex(Duration.zero)
        private let hook = Mutex<(@Sendable (Duration) async throws -> Void)?>(nil)

        var now: Duration { elapsed.withLock { $0 } }
        var unixTime: Double { now.seconds }

        func onSleep(_ body: @escaping @Sendable (Duration) async throws -> Void) {
            hook.withLock { $0 = body }
        }

        func sleep(for duration: Duration) async throws {
            elapsed.withLock { $0 += duration }
            try await hook.withLock { $0 }?(now)
        }
    }

    struct Bench: Sendable {
        let ledger: SQLiteLedger
        let session: Session
        let time: ScriptedTime
        let gateway: Int64
        var flips: Flips { Flips(session: session, expected: 1) }

        func acknowledge(_ epoch: Int64) async throws {
            let row = GatewayRow(
                owner: gateway, name: "g", acknowledged: epoch, seen: 0, requests: 0)
            try await ledger.write(.durable) { try $0.upsert(row) }
        }

        func set(_ route: Route) async throws {
            try await ledger.write(.durable) { try $0.setRoute(route) }
        }

        var route: Route { get async throws { try await ledger.read { try $0.route() } } }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/flips-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ledger = try SQLiteLedger.create(
            path: folder + "/ledger.sqlite", id: "x", epoch: 0, host: "h", syncs: false)
        let time = ScriptedTime()
        func store(_ name: String) -> SQLiteStore {
            SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: "\(folder)/\(name).db", table: "items"))
        }
        let environment = SyncEnvironment(
            ledger: ledger, source: store("source"), target: store("target"),
            mapping: IdentityMapping(), time: time)
        let gateway = try await ledger.enroll(role: .gateway, host: "h", process: 1)
        let session = try await Session.join(
            environment, role: .executor, host: "h", process: 2)
        try await body(
            Bench(ledger: ledger, session: session, time: time, gateway: gateway.number))
        await ledger.close()
    }

    @Test func `reads do not move while the last repair is at work`() async throws {
        try await withBench { bench in
            try await bench.set(Route(epoch: 1, follower: .target, acknowledgement: .both))
            try await bench.acknowledge(1)
            let repair = try await bench.ledger.write(.durable) { rows in
                try rows.markDirty(.int(1), since: 0)
                return try rows.takeRepairs(ids: [7], skipping: [], owner: 1).map(\.intent)
            }
            let weights = Mutex<[Int]>([])
            bench.time.onSleep { _ in
                let route = try await bench.route
                weights.withLock { $0.append(route.weight) }
                if weights.withLock({ $0.count }) == 3 {
                    try await bench.ledger.write(.durable) {
                        try $0.endClean(repair, since: 0, flaws: [])
                    }
                }
                try await bench.acknowledge(route.epoch)
            }
            try await bench.flips.setWeight(50)
            #expect(weights.withLock { $0.prefix(3) } == [0, 0, 0])
            #expect(try await bench.route.weight == 50)
        }
    }

    @Test(arguments: [0, 50])
    func `a new executor waits for the gateways that the last one did not`(
        weight: Int
    ) async throws {
        try await withBench { bench in
            // Up: both acknowledge already. Down: the weight is 0 already.
            try await bench.set(Route(epoch: 2, follower: .target, acknowledgement: .both))
            try await bench.acknowledge(1)
            let epochs = Mutex<[Int64]>([])
            bench.time.onSleep { _ in
                let epoch = try await bench.route.epoch
                epochs.withLock { $0.append(epoch) }
                if epochs.withLock({ $0.count }) >= 3 { try await bench.acknowledge(epoch) }
            }
            try await bench.flips.setWeight(weight)
            #expect(epochs.withLock { $0.prefix(3) } == [2, 2, 2])
        }
    }

    @Test func `a hold on its way back opens no sooner than its reads, or its budget's end`()
        async throws
    {
        try await withBench { bench in
            let hold = Hold(stage: .reverting, weightBefore: 0, budget: .milliseconds(100))
            try await bench.set(Route(epoch: 5, follower: .target, hold: hold))
            try await bench.acknowledge(4)
            let early = Mutex<[Hold.Stage?]>([])
            bench.time.onSleep { now in
                let route = try await bench.route
                if now < .milliseconds(100) {
                    early.withLock { $0.append(route.hold?.stage) }
                } else {
                    try await bench.acknowledge(route.epoch)
                }
            }
            try await bench.flips.abortHold()
            #expect(early.withLock { $0.count } > 3)
            #expect(early.withLock { Set($0) } == [.reverting])
            #expect(try await !bench.route.isHeld)
        }
    }

    @Test func `a route is as fresh as the moment it was asked for`() {
        let view = RouteView(now: .zero)
        view.adopt(Route(epoch: 1), asked: .seconds(1))
        #expect(view.refreshed == .seconds(1))
        view.adopt(Route(epoch: 2), asked: .milliseconds(500))
        #expect(view.refreshed == .seconds(1))
        #expect(view.route.epoch == 2)
    }
}
