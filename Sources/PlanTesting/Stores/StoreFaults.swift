/// How a simulated store misbehaves: the chance of each, per request.
package struct StoreFaults: Sendable {
    /// Never applied; the caller's deadline passes.
    package var dropped = 0.0
    /// Applied, and then the connection breaks.
    package var appliedThenError = 0.0
    /// Applied after the caller gave up.
    package var late = 0.0
    /// The same of a backfill's pages alone.
    package var latePage = 0.0
    /// Applied twice before the answer.
    package var duplicated = 0.0
    /// Of a batch only a part is applied, then the connection breaks.
    package var partial = 0.0
    /// Surely not applied, and says so.
    package var refusedForNow = 0.0
    package var slow = 0.0
    /// How long slow requests take: from a quarter of it to the whole.
    package var slowness = StoreServer.deadline
    /// Reads may see the state of so long ago.
    package var staleness = Duration.zero
    /// A walk over a part of it costs as much as one over all: no fault either.
    package var listsForEveryRange = false

    package init() {}

    package static let none: StoreFaults = {
        var faults = StoreFaults()
        faults.slowness = .zero
        return faults
    }()

    /// Staleness is a store's nature, not a fault, and so is being slow well within a deadline.
    var isSlowAtMost: Bool {
        [dropped, appliedThenError, late, latePage, duplicated, partial, refusedForNow]
            .allSatisfy { $0 == 0 } && slowness <= StoreServer.deadline / 4
    }

    static func slowAtMost(_ random: inout SeededRandom) -> StoreFaults {
        var faults = StoreFaults()
        faults.slow = random.fraction() * 0.3
        faults.slowness = StoreServer.deadline / 5
        return faults
    }

    static func drawn(_ random: inout SeededRandom) -> StoreFaults {
        var faults = StoreFaults()
        // Each fault is absent from some seeds, so that the others are seen without it.
        func some(_ random: inout SeededRandom) -> Double {
            random.chance(0.5) ? 0 : random.fraction() * 0.06
        }
        faults.dropped = some(&random)
        faults.appliedThenError = some(&random)
        faults.late = some(&random)
        faults.duplicated = some(&random)
        faults.partial = some(&random)
        faults.refusedForNow = some(&random)
        faults.slow = some(&random)
        return faults
    }
}

/// What becomes of one request.
struct RequestFate: Sendable {
    enum Answer { case result, brokenConnection, deadline, refusedForNow, unreachable }

    /// When it is applied, each time; empty: never.
    var applied: [Duration]
    var answered: Duration
    var answer: Answer
    /// How much of a batch is applied, 0…1.
    var share = 1.0
    var name: String?
}
