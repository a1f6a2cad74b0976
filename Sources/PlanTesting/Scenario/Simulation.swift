import PlanCore
import PlanSync
import Synchronization

/// One seed: a whole migration with an application, gateways, workers and an executor, under
/// faults, and the verdict on what the application saw.
package struct Simulation: Sendable {
    package struct Result: Sendable {
        package var seed: UInt64
        /// Empty where all is well.
        package var violations: [String]
        package var traceHash: UInt64
        package var trace: [String]
        package var counts: [String: Int]
        package var virtualTime: Duration
    }

    /// A run that has not come to its end so long after everything healed never will.
    private static let patience = Duration.seconds(90)

    private let world: World
    private let cluster: Cluster
    private let fleet: Fleet

    /// `folder` is for the ledger's files; the caller removes it.
    package init(
        seed: UInt64, folder: String, flaws: ProtocolFlaws = [], emphasis: Emphasis = .none,
        keepsTrace: Bool = false
    ) throws {
        world = World(seed: seed, keepsTrace: keepsTrace)
        var profile = world.draw(Profile.drawn)
        emphasis.shape(&profile)
        cluster = try Cluster(world, profile, folder: folder, flaws: flaws)
        fleet = Fleet(cluster)
    }

    package func run() throws -> Result {
        var violations: [String] = []
        do {
            fleet.start()
            let limit = cluster.profile.healsAt + Simulation.patience
            let ended = world.run(until: limit) { fleet.isOver || !fleet.problems.isEmpty }
            violations += fleet.problems
            if !ended, violations.isEmpty {
                violations.append("stuck: \(fleet.stage)")
                fleet.describe()
                _ = world.run(until: world.now + .seconds(1)) { false }
            }
        }
        violations += cluster.epochs.found
        violations += historyFindings()
        if violations.isEmpty { violations += finalFindings() }
        fleet.end()
        _ = world.run(until: world.now + .seconds(1_000)) { false }
        return Result(
            seed: world.seed, violations: violations, traceHash: world.trace.hash,
            trace: world.trace.lines, counts: world.counts, virtualTime: world.now)
    }

    private var check: HistoryCheck {
        HistoryCheck(
            cluster.history.writes, preloaded: Set(0..<cluster.profile.preloaded),
            slack: cluster.profile.slack)
    }

    private func historyFindings() -> [String] {
        let check = check
        return cluster.history.reads.compactMap { check.check($0)?.text }
    }

    /// At rest both stores hold the same, and what the history says.
    private func finalFindings() -> [String] {
        let route = fleet.finalRoute
        let leading = route.authority == .source ? cluster.source : cluster.target
        let following = route.authority == .source ? cluster.target : cluster.source
        let mapping = cluster.mapping
        let (ahead, behind) = (cluster.keyed(leading), cluster.keyed(following))
        let keys = Set(ahead.keys).union(behind.keys)
            .union(cluster.history.writes.map { RecordValue.key($0.key) }).sorted()
        var found = lostOriginals()
        let check = check
        for key in keys {
            guard case .int(let number) = key else { continue }
            let record = ahead[key].map { mapping.original(of: $0, from: leading.side) }
            let seen = History.seen(record.map { [$0] } ?? [], keys: [Int(number)])[0].seen
            if let finding = check.check(final: seen, key: Int(number), on: leading.side) {
                found.append(finding.text)
            }
            guard route.follower != nil else { continue }
            let other = behind[key].map { mapping.original(of: $0, from: following.side) }
            let (held, mirrored) =
                leading.side == .source ? (ahead[key], behind[key]) : (behind[key], ahead[key])
            if held == nil, mirrored == nil { continue }
            if let held, let mirrored, mapping.agrees(source: held, target: mirrored) { continue }
            let texts = [record, other].map { $0.map(ValueText.of) ?? "\(number) absent" }
            found.append(
                "divergence: \(leading.name) has \(texts[0]), \(following.name) has \(texts[1])")
        }
        return found
    }

    /// What nobody wrote over is in the source as it always was, whatever the target can hold.
    private func lostOriginals() -> [String] {
        let replaced = Set(
            cluster.history.writes.compactMap { write -> Int? in
                if case .update = write.change { nil } else { write.key }
            })
        return cluster.keyed(cluster.source).sorted { $0.key < $1.key }.compactMap { key, record in
            guard case .int(let number) = key, !replaced.contains(Int(number)),
                !RecordValue.isExact(record, key: Int(number))
            else { return nil }
            return "lost original: the source's key \(number) is only what the target could hold"
        }
    }
}
