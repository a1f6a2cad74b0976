import PlanCore
import PlanSync

/// What one seed's simulation is like, drawn once at its beginning.
package struct Profile: Sendable {
    package enum Goal: Hashable, Sendable {
        /// As `plan apply`, until the named step is done; nil: all of it.
        case apply(until: String?)
        /// As `plan apply`, ended by Ctrl-C after so long.
        case applyFor(Duration)
        case rollBack(RollbackPoint)

        var isRollback: Bool { if case .rollBack = self { true } else { false } }
    }

    /// What lies between the two stores.
    package enum Pair: Hashable, Sendable {
        case alike
        /// The target holds vectors in half precision.
        case half
        /// The target knows records under UUIDs made of their ids, and in another order.
        case uuids
    }

    package var pair = Pair.alike
    package var hotKeys: Int
    /// Keys that are there already: hot ones first.
    package var preloaded: Int
    package var gateways: Int
    package var workers: Int
    package var clients: Int
    package var copiers: Int
    package var batch: Int
    package var think: Duration
    package var deletesByFilter: Bool
    package var sourceFaults: StoreFaults
    package var targetFaults: StoreFaults
    package var ledgerRefused: Double
    package var ledgerUnknown: Double
    /// Mean time between kills, and between pauses, of any process; nil: none.
    package var kills: Duration?
    package var pauses: Duration?
    /// The same of pauses that are well within every budget; searches stay fresh over them.
    package var naps: Duration?
    package var outages: Duration?
    /// The chance of dying at a crash point.
    package var crashes: Double
    /// The chance that an executor dies while it holds writes, where it does not die otherwise.
    package var holdDeaths = 0.0
    /// What passes before each goal.
    package var lingers: Duration?
    package var targetQuarantine = Cluster.settings.quarantine
    /// Mean time between gateways that sleep so long that a person strikes them off; nil: none.
    package var evictions: Duration?
    /// The shortest sleep of those, and how much longer one may be.
    package var evictedSleep = Duration.milliseconds(1_100)
    package var evictedSleepMore = Duration.milliseconds(3_900)
    /// Each falls asleep with a write in hand; else every second one.
    package var isAlwaysInHand = false
    /// Reads move before authority does.
    package var movesReadsFirst = true
    /// Neither verifies nor mirrors before the cutover.
    package var isHasty = false
    /// From here on nothing fails any more.
    package var healsAt: Duration
    package var decommissions: Bool
    package var goals: [Goal]
    /// Of the clients, those that go to the stores themselves.
    package var directClients = 0

    package static func drawn(_ random: inout SeededRandom) -> Profile {
        let isCalm = random.chance(0.15)
        let hot = random.int(2...6)
        var profile = Profile(
            hotKeys: hot, preloaded: random.int(0...24), gateways: random.int(1...3),
            workers: random.int(0...2), clients: random.int(2...5), copiers: random.int(1...4),
            batch: random.int(1...6), think: .milliseconds(random.int(5...120)),
            deletesByFilter: random.chance(0.35), sourceFaults: .none, targetFaults: .none,
            ledgerRefused: 0, ledgerUnknown: 0, crashes: 0, healsAt: .seconds(25),
            decommissions: random.chance(0.4), goals: [])
        profile.movesReadsFirst = random.chance(0.7)
        profile.pair = random.chance(0.6) ? .alike : random.chance(0.5) ? .half : .uuids
        if isCalm {
            // Nothing fails, so that searches must be as fresh as reads by id.
            if random.chance(0.7) { profile.sourceFaults = .slowAtMost(&random) }
            if random.chance(0.7) { profile.targetFaults = .slowAtMost(&random) }
            if random.chance(0.5) { profile.holdDeaths = 0.5 }
            if random.chance(0.5) { profile.naps = .milliseconds(random.int(200...3_000)) }
        } else {
            if random.chance(0.6) { profile.targetFaults = .drawn(&random) }
            if random.chance(0.4) { profile.sourceFaults = .drawn(&random) }
            if random.chance(0.3) { profile.ledgerRefused = random.fraction() * 0.02 }
            if random.chance(0.3) { profile.ledgerUnknown = random.fraction() * 0.02 }
            if random.chance(0.6) { profile.kills = .milliseconds(random.int(800...8_000)) }
            if random.chance(0.4) { profile.pauses = .milliseconds(random.int(800...8_000)) }
            if random.chance(0.3) { profile.outages = .seconds(random.int(3...10)) }
            if random.chance(0.4) { profile.crashes = random.fraction() * 0.02 }
            if random.chance(0.2) { profile.evictions = .milliseconds(random.int(1_500...6_000)) }
        }
        if random.chance(0.15) {
            profile.targetFaults.staleness = .milliseconds(random.int(10...60))
        }
        if random.chance(0.1) {
            profile.sourceFaults.staleness = .milliseconds(random.int(10...60))
        }
        profile.goals = drawGoals(&random)
        // Past the point of no return there is no going back.
        if profile.goals.contains(where: \.isRollback) { profile.decommissions = false }
        if random.chance(0.3) { profile.directClients = random.int(1...2) }
        profile.targetFaults.listsForEveryRange = random.chance(0.15)
        return profile
    }

    private static func drawGoals(_ random: inout SeededRandom) -> [Goal] {
        let whole = Goal.apply(until: nil)
        let back: Goal = random.chance(0.5) ? .rollBack(.stable) : .rollBack(.singleWrites)
        switch random.below(6) {
        case 0: return [whole]
        case 1: return [.apply(until: "cutover"), back, whole]
        case 2: return [.apply(until: "cutover"), back]
        case 3: return [.applyFor(.milliseconds(random.int(50...8_000))), back, whole]
        case 4: return [.applyFor(.milliseconds(random.int(50...8_000))), whole]
        default:
            return [
                .apply(until: "cutover"), .rollBack(.stable), .apply(until: "cutover"), back,
            ]
        }
    }

    /// Nothing ever keeps the follower from having what the authority has: then searches are as
    /// fresh as reads by id.
    package var isFollowerFaultless: Bool {
        return sourceFaults.isSlowAtMost && targetFaults.isSlowAtMost && outages == nil
            && kills == nil && pauses == nil && evictions == nil && crashes == 0
            && ledgerRefused + ledgerUnknown == 0
    }

    package var slack: Duration { max(sourceFaults.staleness, targetFaults.staleness) }

    package var plan: Plan {
        var plan = Plan(
            file: "plan.yaml", name: "simulated",
            source: StoreEndpoint(kind: .sqlite, address: .literal("source"), collection: "source"),
            target: StoreEndpoint(kind: .sqlite, address: .literal("target"), collection: "target"))
        if pair == .uuids { plan.mapping.id = .uuid5(originalField: MappingRules.originalField) }
        plan.gateway.expect = gateways
        plan.source.quarantine = Cluster.settings.quarantine
        plan.target.quarantine = targetQuarantine
        var backfill = BackfillOptions()
        backfill.workers = copiers
        backfill.batchSize = batch
        var verify = VerifyOptions()
        verify.workers = 2
        verify.batchSize = batch + 1
        var mirror = MirrorOptions(duration: .milliseconds(300))
        mirror.share = 0.5
        var cutover = CutoverOptions()
        cutover.stages =
            movesReadsFirst
            ? [.setWeight(0.4), .pause(.milliseconds(400)), .setWeight(1)] : []
        cutover.writePauseMax = .milliseconds(800)
        cutover.attempts = 1_000
        plan.steps = [
            Step(.createTarget(CreateTargetOptions())), Step(.dualWrite),
            Step(.backfill(backfill)), Step(.verify(verify)), Step(.mirror(mirror)),
            Step(.cutover(cutover), onFailure: .pause),
            Step(.soak(SoakOptions(duration: .seconds(1))), onFailure: .pause),
        ]
        if isHasty { plan.steps.removeAll { [.verify, .mirror].contains($0.kind.word) } }
        if decommissions {
            plan.steps.append(Step(.decommission(DecommissionOptions())))
        }
        return plan
    }

}
