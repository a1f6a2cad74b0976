import Foundation
import PlanCore
import PlanLedger
import PlanStores
import Synchronization
import Testing

@testable import PlanSync

/// Gateways that slept with a single write in hand, while a run went on without them.
@Suite struct SleeperTests {
    private struct Place: Sendable {
        let ledger: SQLiteLedger
        let time = FlipTests.ScriptedTime()
        let source: SQLiteStore
        let target: SQLiteStore

        static let quarantine = Duration.seconds(3)

        func session(
            _ crashPoints: any CrashPoints = NoCrashPoints(), passage: Passage? = nil
        ) async throws -> Session {
            var settings = SyncSettings()
            settings.quarantine = Self.quarantine
            return try await Session.join(
                SyncEnvironment(
                    ledger: ledger, source: source, target: target, mapping: IdentityMapping(),
                    time: time, settings: settings, crashPoints: crashPoints), gateway: "g",
                host: "h", process: 1, view: RouteView(now: time.now), passage: passage)
        }

        func set(_ route: Route) async throws {
            try await ledger.write(.durable) { try $0.setRoute(route) }
        }

        func evict() async throws {
            try await ledger.write(.durable) { try $0.evict(gateway: "g") }
        }

        var marked: Int { get async throws { try await ledger.read { try $0.dirtyCount() } } }
    }

    private static let records = (1...3).map {
        Record(id: .int($0), vector: [1, 0, 0, Float($0)], payload: ["v": 1])
    }

    private func withPlace(_ body: (Place) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/sleeper-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func store(_ name: String) -> SQLiteStore {
            SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: "\(folder)/\(name).db", table: "items"))
        }
        let place = Place(
            ledger: try SQLiteLedger.create(
                path: folder + "/ledger.sqlite", id: "x", epoch: 0, host: "h", syncs: false),
            source: store("source"), target: store("target"))
        for store in [place.source, place.target] {
            try await store.create(
                CollectionDescription(
                    name: "items", idKind: .int,
                    vectors: [VectorSpec(dimension: 4, distance: .l2)]))
        }
        try await body(place)
        for store in [place.source, place.target] { await store.close() }
        await place.ledger.close()
    }

    private func expectRefusal(_ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("it was not refused")
        } catch WriteFailure.ledger {
        } catch LedgerError.evicted {
        } catch {
            Issue.record("it failed otherwise: \(error)")
        }
    }

    @Test func `who was struck off sends no single write`() async throws {
        try await withPlace { place in
            let session = try await place.session()
            let gate = HoldGate()
            let writer = RecordWriter(session: session, gate: gate)
            let deleter = FilterWriter(session: session, gate: gate)
            _ = try await writer.perform(.upsert([Self.records[0]]))
            try await place.evict()
            // Its route is not old enough that the gate looks; its grounds are.
            try await place.time.sleep(for: Place.quarantine / 2)
            await expectRefusal { _ = try await writer.perform(.upsert(Self.records)) }
            await expectRefusal {
                _ = try await deleter.delete(matching: .equal(field: "v", 1))
            }
            #expect(try await place.source.count() == 1)
        }
    }

    @Test func `a member that slept goes on when it has looked`() async throws {
        try await withPlace { place in
            let session = try await place.session()
            try await place.time.sleep(for: Place.quarantine / 2)
            _ = try await RecordWriter(session: session, gate: HoldGate()).perform(
                .upsert(Self.records))
            #expect(try await place.source.count() == 3)
        }
    }

    /// It falls asleep where the write is about to be sent, and is struck off meanwhile.
    private struct Sleep: CrashPoints {
        let place: Place

        func reach(_ point: CrashPoint) async {
            guard point == .authoritySent else { return }
            try? await place.evict()
            try? await place.set(Route(epoch: 9, authority: .target, follower: .source))
            try? await place.time.sleep(for: Place.quarantine)
        }
    }

    @Test func `a single write that came too late is not acknowledged, and marked`()
        async throws
    {
        try await withPlace { place in
            let session = try await place.session(Sleep(place: place))
            await #expect(throws: WriteFailure.self) {
                _ = try await RecordWriter(session: session, gate: HoldGate()).perform(
                    .upsert(Self.records))
            }
            #expect(try await place.source.count() == 3)
            #expect(try await place.marked == 3)
        }
    }

    @Test func `a single delete by filter that came too late is left to the next session`()
        async throws
    {
        try await withPlace { place in
            try await place.source.upsert(Self.records)
            try await place.target.upsert(Self.records)
            let passage = Passage(time: place.time, quarantine: Place.quarantine) { false }
            let session = try await place.session(Sleep(place: place), passage: passage)
            await #expect(throws: WriteFailure.self) {
                _ = try await FilterWriter(session: session, gate: HoldGate()).delete(
                    matching: .equal(field: "v", 1))
            }
            #expect(try await place.source.count() == 0)
            #expect(session.route.inFlight == 1 && session.ownDoubts == 1)
            session.jobs.finish()
            await session.jobs.run()
            #expect(session.route.inFlight == 0 && session.ownDoubts == 0)
            #expect(passage.takeStrays() == [.filter(.source)])
            #expect(try await place.marked == 0)
        }
    }

    @Test(arguments: LeasedOutcome.allCases)
    func `what an application wrote for one that was struck off is marked`(
        outcome: LeasedOutcome
    ) async throws {
        try await withPlace { place in
            let session = try await place.session()
            let (gate, leases) = (HoldGate(), WriteLeases(stamp: "test"))
            let writer = LeasedWriter(
                session: session, gate: gate, writer: RecordWriter(session: session, gate: gate),
                leases: leases)
            let lease = try await writer.begin([.int(1), .int(2)])
            #expect(lease.route.follower == nil && lease.span == session.settings.quarantine / 2)
            guard case .held(let held) = leases.take(lease.name) else {
                Issue.record("it is not held")
                return
            }
            try await place.evict()
            try await place.set(Route(epoch: 9, authority: .target, follower: .source))
            try await place.time.sleep(for: lease.span)
            #expect(await writer.end(held, outcome) == .lapsed)
            #expect(try await place.marked == 2)
            #expect(session.orphans.count == (outcome == .unknown ? 2 : 0))
        }
    }

    @Test func `an application has its whole span where the last look has aged`() async throws {
        try await withPlace { place in
            let session = try await place.session()
            let gate = HoldGate()
            let writer = LeasedWriter(
                session: session, gate: gate, writer: RecordWriter(session: session, gate: gate),
                leases: WriteLeases(stamp: "test"))
            try await place.time.sleep(for: Place.quarantine / 2 - .milliseconds(1))
            #expect(try await writer.begin([.int(1)]).span == Place.quarantine / 2)
        }
    }

    @Test func `a gateway that ends waits until what it alone knows of is marked`() async throws {
        try await withPlace { place in
            let plane = DataPlane(
                source: place.source, recorder: ObservationRecorder(), time: place.time,
                quarantine: Place.quarantine)
            #expect(await plane.awaitOwnDoubts(atMost: .zero))
            plane.remember(.keys([.int(1)]))
            place.time.onSleep { now in
                if now >= .seconds(1) { _ = plane.passage.takeStrays() }
            }
            #expect(await plane.awaitOwnDoubts(atMost: .seconds(5)))
            #expect(place.time.now == .seconds(1))
        }
    }

    @Test func `a write by filter that went astray has every key looked at`() async throws {
        try await withPlace { place in
            let session = try await place.session()
            try await place.target.upsert(Self.records)
            try await place.set(Route(epoch: 9, authority: .target, follower: .source))
            StrayFilter(session: session, side: .source).markAll()
            #expect(session.route.inFlight == 1)
            session.jobs.finish()
            await session.jobs.run()
            #expect(place.time.now >= Place.quarantine)
            #expect(try await place.marked == 3)
            #expect(session.route.inFlight == 0 && session.ownDoubts == 0)
        }
    }

    @Test func `a gateway that slept looks for a run before it passes anything on`() async throws {
        try await withPlace { place in
            let quarantine = Duration.seconds(10)
            let run = Mutex(false)
            let plane = DataPlane(
                source: place.source, recorder: ObservationRecorder(), time: place.time,
                quarantine: quarantine, hasRun: { run.withLock { $0 } })
            _ = try await plane.write(.upsert([Self.records[0]]))
            run.withLock { $0 = true }
            // It has looked lately, and a run that begins waits for longer.
            try await place.time.sleep(for: quarantine / 2 - .milliseconds(1))
            _ = try await plane.write(.upsert([Self.records[1]]))
            let lease = try await plane.begin([.int(2)])
            let other = try await plane.begin([.int(3)])
            #expect(lease?.span == .milliseconds(1))
            #expect(await plane.refusedReads == nil)
            try await place.time.sleep(for: .milliseconds(1))
            #expect(await plane.refusedReads == DataPlane.joiningText)
            await expectRefusal { _ = try await plane.write(.upsert(Self.records)) }
            await expectRefusal { _ = try await plane.delete(matching: .equal(field: "v", 1)) }
            await expectRefusal { _ = try await plane.get([.int(1)], .full) }
            await expectRefusal { _ = try await plane.begin([.int(1)]) }
            await expectRefusal { _ = try await plane.currentRoute() }
            // What is known to be written was so before anything is copied; what is not may come.
            #expect(await plane.end(lease?.name ?? "", .written) == .settled)
            #expect(await plane.end(other?.name ?? "", .unknown) == .lapsed)
            #expect(plane.ownDoubts == 1)
            #expect(plane.inFlight == 0)
            #expect(try await place.source.count() == 2)
            // Nobody else knows of it: it does not end at once, nor wait for ever.
            let told = place.time.now
            #expect(await !plane.awaitOwnDoubts(atMost: .seconds(5)))
            #expect(place.time.now - told == .seconds(5))
            run.withLock { $0 = false }
            _ = try await plane.write(.upsert(Self.records))
            #expect(try await place.source.count() == 3)
        }
    }
}
