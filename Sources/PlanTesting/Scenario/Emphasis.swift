import PlanCore

/// What the seeds of a mutant look at most: a wrong design that shows in one corner alone is hunted
/// in that corner. The right design must be clean there too.
package struct Emphasis: Sendable {
    let shape: @Sendable (inout Profile) -> Void
    /// The seeds are as any.
    package let isNone: Bool

    private init(isNone: Bool = false, shape: @escaping @Sendable (inout Profile) -> Void) {
        self.shape = shape
        self.isNone = isNone
    }

    package static let none = Emphasis(isNone: true) { _ in }

    private static let thereAndBack: [Profile.Goal] = [
        .apply(until: "cutover"), .rollBack(.stable), .apply(until: "cutover"), .rollBack(.stable),
    ]

    /// Nothing fails, and stores are slow: searches must be as fresh as reads by id.
    package static let calm = Emphasis { profile in
        makeCalm(&profile)
        profile.goals = thereAndBack
        profile.movesReadsFirst = true
    }

    /// As `calm`, with a follower that is behind for as long as may be at every write.
    package static let slowFollower = Emphasis { profile in
        calm.shape(&profile)
        profile.targetFaults.slow = 0.9
        profile.targetFaults.slowness = StoreServer.deadline / 4
        profile.directClients = 0
        profile.naps = nil
        profile.hotKeys = 3
        profile.isHasty = true
        profile.goals = thereAndBack + thereAndBack
    }

    /// As `calm`, and executors die while they hold writes, reads being all on one side before.
    package static let holdDeaths = Emphasis { profile in
        makeCalm(&profile)
        profile.goals = [.apply(until: nil)]
        profile.movesReadsFirst = false
        profile.holdDeaths = 0.8
        profile.isHasty = true
    }

    package static let filters = Emphasis { profile in
        profile.deletesByFilter = true
        profile.think = .milliseconds(10)
        profile.clients = 5
    }

    /// Gateways sleep, are struck off and wake, while authority goes over and back. Both sides take
    /// their time, so that a reader meets what a sleeper wrote to one of them.
    package static let evictions = Emphasis { profile in
        makeCalm(&profile)
        (profile.sourceFaults.slow, profile.targetFaults.slow) = (0.6, 0.6)
        profile.evictions = .milliseconds(800)
        profile.directClients = 0
        profile.hotKeys = 2
        profile.gateways = 3
        profile.goals = thereAndBack + thereAndBack
        profile.isHasty = true
        profile.movesReadsFirst = false
    }

    /// The same, and they wake before their route is too old to be used.
    package static let shortSleepers = Emphasis { profile in
        evictions.shape(&profile)
        profile.evictedSleepMore = .milliseconds(800)
    }

    /// Gateways fall asleep with single writes in hand, and wake in a run that went on.
    package static let singleSleepers = Emphasis { profile in
        evictions.shape(&profile)
        profile.evictions = .milliseconds(400)
        profile.evictedSleep = .seconds(3)
        profile.lingers = .milliseconds(1_500)
        profile.hotKeys = 6
        profile.preloaded = 0
        profile.deletesByFilter = true
        let again: [Profile.Goal] = [.apply(until: "cutover"), .rollBack(.singleWrites)]
        profile.goals = again + again + again + [.apply(until: "cutover")]
    }

    /// The same, where a look holds for so long that they wake before they would look again. It
    /// ends with the backfill: what comes after that nobody writes over.
    package static let longLooks = Emphasis { profile in
        singleSleepers.shape(&profile)
        profile.targetQuarantine = .seconds(20)
        profile.goals = [.apply(until: "backfill")]
        profile.isAlwaysInHand = true
    }

    /// Gateways fall asleep before there is a run, and are never missed.
    package static let passageSleepers = Emphasis { profile in
        makeCalm(&profile)
        profile.evictions = .milliseconds(150)
        profile.directClients = 0
        profile.gateways = 3
        profile.goals = [.apply(until: "cutover")]
        profile.isHasty = true
        profile.movesReadsFirst = false
    }

    /// Pages of the backfill land late, and authority moves right after it.
    package static let latePages = Emphasis { profile in
        makeCalm(&profile)
        profile.targetFaults.latePage = 0.3
        profile.preloaded = 24
        profile.hotKeys = 6
        profile.batch = 2
        profile.goals = [.apply(until: nil)]
        profile.isHasty = true
        profile.movesReadsFirst = false
    }

    /// Writes are under way whenever a window opens, few enough that one is not hidden by the next;
    /// both sides take their time, and all is copied and compared again and again.
    package static let slowPages = Emphasis { profile in
        makeCalm(&profile)
        (profile.sourceFaults.slow, profile.targetFaults.slow) = (0.5, 0.5)
        profile.hotKeys = 8
        profile.preloaded = 8
        profile.copiers = 4
        profile.batch = 1
        profile.think = .milliseconds(60)
        profile.pair = .alike
        profile.directClients = 0
        let again: [Profile.Goal] = [.apply(until: "verify"), .rollBack(.singleWrites)]
        profile.goals = again + again + again + [.apply(until: "verify")]
        profile.isHasty = false
    }

    /// Single writes land late, and the backfill begins.
    package static let lateSingles = Emphasis { profile in
        slowPages.shape(&profile)
        profile.sourceFaults.late = 0.2
    }

    /// Gateways die over deletes by filter, after the backfill, when nothing is copied again.
    package static let filterDeaths = Emphasis { profile in
        makeCalm(&profile)
        (profile.sourceFaults.slow, profile.targetFaults.slow) = (0.9, 0.3)
        profile.deletesByFilter = true
        profile.crashes = 0.06
        profile.gateways = 3
        profile.hotKeys = 24
        profile.preloaded = 24
        profile.clients = 5
        profile.think = .milliseconds(20)
        profile.pair = .alike
        profile.directClients = 0
        profile.lingers = .seconds(2)
        profile.goals = [.apply(until: "backfill"), .apply(until: "backfill")]
        profile.isHasty = true
    }

    /// The target rounds vectors, and leads for a while.
    package static let half = Emphasis { profile in
        profile.pair = .half
        profile.preloaded = 24
        profile.goals = [.apply(until: nil)]
        profile.decommissions = false
    }

    /// The target knows other ids, and leads for a while.
    package static let uuids = Emphasis { profile in
        profile.pair = .uuids
        profile.deletesByFilter = true
        profile.goals = [.apply(until: nil)]
        profile.decommissions = false
    }

    /// Nearly everybody goes to the stores without the gateway, while authority goes over and back.
    package static let direct = Emphasis { profile in
        makeCalm(&profile)
        profile.goals = thereAndBack
        profile.directClients = 4
        profile.isHasty = true
        profile.movesReadsFirst = false
    }

    /// The same, and stores fail as they do.
    package static let directFaults = Emphasis { profile in
        profile.directClients = profile.clients
        profile.targetFaults.dropped = max(profile.targetFaults.dropped, 0.05)
    }

    private static func makeCalm(_ profile: inout Profile) {
        var slow = StoreFaults.none
        slow.slow = 0.2
        slow.slowness = StoreServer.deadline / 5
        (profile.sourceFaults, profile.targetFaults) = (slow, slow)
        (profile.kills, profile.pauses, profile.outages, profile.evictions) = (nil, nil, nil, nil)
        (profile.ledgerRefused, profile.ledgerUnknown, profile.crashes) = (0, 0, 0)
        profile.gateways = max(2, profile.gateways)
        profile.clients = 5
        profile.think = .milliseconds(10)
        profile.decommissions = false
        profile.naps = .milliseconds(150)
    }
}
