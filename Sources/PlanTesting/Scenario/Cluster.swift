import PlanCore
import PlanLedger
import PlanRun
import PlanSync
import Synchronization

/// What every process of one simulated run shares: two stores, a ledger file, a disk.
package final class Cluster: Sendable {
    /// The names of a run's parts, for the trace and for `ledger.sqlite`'s owners.
    static let host = "simulated"
    static let ledgerID = "simulated-run"

    package let world: World
    package let profile: Profile
    package let plan: Plan
    package let source: StoreServer
    package let target: StoreServer
    package let disk = SimulatedDisk()
    package let history: History
    package let epochs = EpochWatch()
    let ledgerFaults: LedgerFaults
    let flaws: ProtocolFlaws
    let mapping: SimulatedMapping
    private let ledgerPath: String
    private let numbers = Mutex<Int32>(0)
    private let healed = Mutex(false)

    package init(
        _ world: World, _ profile: Profile, folder: String, flaws: ProtocolFlaws
    ) throws {
        self.world = world
        self.profile = profile
        self.flaws = flaws
        plan = profile.plan
        source = StoreServer(
            .source, of: profile.pair, in: world, exists: true, faults: profile.sourceFaults)
        target = StoreServer(
            .target, of: profile.pair, in: world, exists: false, faults: profile.targetFaults)
        mapping = SimulatedMapping(
            plan.mapping, source: source.collection, target: target.collection, flaws: flaws)
        source.fill(
            (0..<profile.preloaded).map {
                RecordValue.record(key: $0, stamp: RecordValue.initial)
            })
        history = History(world)
        ledgerFaults = LedgerFaults(
            refused: profile.ledgerRefused, unknown: profile.ledgerUnknown)
        ledgerPath = "\(folder)/ledger-\(world.seed).sqlite"
    }

    package var isHealed: Bool { healed.withLock { $0 } }

    /// From here on nothing fails.
    package func heal() {
        world.note("world", "heals")
        healed.withLock { $0 = true }
        source.heal()
        target.heal()
        ledgerFaults.heal()
    }

    static var settings: SyncSettings {
        var settings = SyncSettings()
        settings.quarantine = .seconds(1)
        settings.followerAckMax = .milliseconds(400)
        settings.writePauseMax = .milliseconds(800)
        settings.routePoll = .milliseconds(40)
        settings.heldRoutePoll = .milliseconds(10)
        settings.repairPoll = .milliseconds(60)
        settings.reclaimPoll = .milliseconds(150)
        settings.repairBatch = 4
        settings.repairBackoffMax = .seconds(2)
        return settings
    }

    private var settings: SyncSettings {
        var settings = Cluster.settings
        settings.quarantine = max(settings.quarantine, profile.targetQuarantine)
        // Long enough for what is only slow, and for what a dead executor was repairing.
        if profile.isFollowerFaultless { settings.followerAckMax = .seconds(2) }
        return settings
    }

    func process(_ name: String) -> SimulatedProcess { SimulatedProcess(name, in: world) }

    func nextNumber() -> Int32 {
        numbers.withLock { number in
            number += 1
            return number
        }
    }

    var hasLedger: Bool { disk.current != nil }

    /// Makes the ledger, and the run's record after it.
    func begin() throws {
        let record = RunRecord(
            plan: plan.name, digest: "digest", text: "",
            source: StoreIdentity(kind: "simulated", instance: "source", collection: "source"),
            ledger: Cluster.ledgerID,
            steps: plan.steps.map { .init(name: $0.name, kind: $0.kind.word.rawValue) }, begun: 0)
        let maker = process("maker")
        _ = try SQLiteLedger.create(
            path: ledgerPath, id: Cluster.ledgerID, epoch: 0, host: Cluster.host, syncs: false,
            executor: maker.serialExecutor, readExecutor: maker.serialExecutor)
        disk.save(record)
    }

    func ledger(_ process: SimulatedProcess) throws -> SimulatedLedger {
        SimulatedLedger(
            process: process,
            inner: try SQLiteLedger.open(
                path: ledgerPath, expecting: Cluster.ledgerID, host: Cluster.host, syncs: false,
                executor: process.serialExecutor, readExecutor: process.serialExecutor),
            faults: ledgerFaults, epochs: epochs)
    }

    /// What a store holds, by the source's ids.
    func keyed(_ server: StoreServer) -> [RecordID: Record] {
        var keyed: [RecordID: Record] = [:]
        for (id, record) in server.records {
            keyed[mapping.trueKey(of: record, on: server.side) ?? id] = record
        }
        return keyed
    }

    func environment(
        _ process: SimulatedProcess, _ ledger: SimulatedLedger,
        observer: any StoreObserver = NoObserver()
    ) -> SyncEnvironment {
        SyncEnvironment(
            ledger: ledger, source: SimulatedStore(process: process, server: source),
            target: SimulatedStore(process: process, server: target), mapping: mapping,
            time: process.clock, settings: settings, flaws: flaws,
            crashPoints: SimulatedCrashPoints(process: process, profile: profile) {
                [self] in isHealed
            }, observer: observer)
    }
}
