import PlanCore
import Synchronization

/// One side's server: it lives on when its clients die, and applies late what they sent.
package final class StoreServer: Sendable {
    /// How long a client waits for an answer.
    package static let deadline = Duration.milliseconds(300)
    /// How long after its deadline a request may still be applied; with the deadline it stays
    /// below the quarantine of a simulated run.
    package static let lateness = Duration.milliseconds(500)

    struct Contents: Sendable {
        var exists: Bool
        var records: [RecordID: Record] = [:]
        /// What each key held, and since when; kept where reads may be stale.
        var history: [RecordID: [(since: Duration, record: Record?)]] = [:]
        var claim: RunClaim?

        mutating func set(_ id: RecordID, _ record: Record?, now: Duration, remembers: Bool) {
            records[id] = record
            if remembers { history[id, default: []].append((now, record)) }
        }

        func record(_ id: RecordID, at time: Duration?) -> Record? {
            guard let time, let versions = history[id] else { return records[id] }
            return versions.last { $0.since <= time }?.record
        }
    }

    private struct State {
        var contents: Contents
        var faults: StoreFaults
        /// nil: up. Else whether it says so or lets its callers wait.
        var down: RequestFate.Answer?
    }

    package let side: Side
    package let world: World
    package let collection: CollectionDescription
    private let state: Mutex<State>

    package init(
        _ side: Side, of pair: Profile.Pair, in world: World, exists: Bool, faults: StoreFaults
    ) {
        self.side = side
        let isTarget = side == .target
        collection = CollectionDescription(
            name: side.rawValue, idKind: isTarget && pair == .uuids ? .uuid : .int,
            vectors: [
                VectorSpec(
                    dimension: RecordValue.dimension, distance: .l2,
                    element: isTarget && pair == .half ? .float16 : .float32)
            ])
        self.world = world
        state = Mutex(State(contents: Contents(exists: exists), faults: faults))
    }

    package var name: String { side.rawValue }
    package var staleness: Duration { state.withLock(\.faults.staleness) }
    package var listsForEveryRange: Bool { state.withLock(\.faults.listsForEveryRange) }
    package var records: [RecordID: Record] { state.withLock(\.contents.records) }

    /// The record as this store keeps it.
    func kept(_ record: Record) -> Record {
        guard collection.vectors.first?.element == .float16 else { return record }
        var record = record
        record.vectors = record.vectors.mapValues { vector in
            guard let values = vector.dense else { return vector }
            return .dense(values.map { Float(Float16($0)) })
        }
        return record
    }

    package func fill(_ records: [Record]) {
        let remembers = staleness > .zero
        state.withLock { state in
            for record in records {
                // Long ago, as any lagging read would see it.
                state.contents.set(
                    record.id, record, now: .seconds(-1_000), remembers: remembers)
            }
        }
    }

    /// From here on it behaves; how far its reads lag is its nature, not a fault.
    package func heal() {
        state.withLock { state in
            var faults = StoreFaults.none
            faults.staleness = state.faults.staleness
            faults.listsForEveryRange = state.faults.listsForEveryRange
            state.faults = faults
            state.down = nil
        }
    }

    package func goDown(saysSo: Bool) {
        world.note(name, saysSo ? "is down" : "does not answer")
        world.count("fault: unavailable")
        state.withLock { $0.down = saysSo ? .unreachable : .deadline }
    }

    package func comeUp() {
        world.note(name, "is up")
        state.withLock { $0.down = nil }
    }

    /// Applies a request's body to what is held; called at the time that its fate says.
    func apply<Value>(_ body: (inout Contents, Duration, Bool) throws -> Value) rethrows -> Value {
        let now = world.now
        return try state.withLock { state in
            let remembers = state.faults.staleness > .zero
            return try body(&state.contents, now, remembers)
        }
    }

    func fate(isWrite: Bool, batch: Int, isPage: Bool = false) -> RequestFate {
        var (faults, down) = state.withLock { ($0.faults, $0.down) }
        if isPage { faults.late += faults.latePage }
        let fate = world.draw { random in
            StoreServer.drawFate(&random, faults, down, isWrite: isWrite, batch: batch)
        }
        if let name = fate.name { world.count("fault: \(name)") }
        return fate
    }

    private static func drawFate(
        _ random: inout SeededRandom, _ faults: StoreFaults, _ down: RequestFate.Answer?,
        isWrite: Bool, batch: Int
    ) -> RequestFate {
        let there = random.duration(.microseconds(100), .milliseconds(4))
        let back = random.duration(.microseconds(100), .milliseconds(4))
        if let down {
            let time = down == .deadline ? deadline : there
            return RequestFate(applied: [], answered: time, answer: down)
        }
        var fate = RequestFate(applied: [there], answered: there + back, answer: .result)
        var choice = random.fraction()
        func falls(_ probability: Double) -> Bool {
            defer { choice -= probability }
            return choice >= 0 && choice < probability
        }
        if falls(faults.dropped) {
            fate = RequestFate(applied: [], answered: deadline, answer: .deadline, name: "dropped")
        } else if falls(faults.refusedForNow) {
            fate = RequestFate(
                applied: [], answered: there + back, answer: .refusedForNow, name: "refused")
        } else if falls(faults.slow) {
            let whole = random.duration(faults.slowness / 4, faults.slowness)
            let part = whole * random.fraction()
            fate = RequestFate(applied: [part], answered: whole, answer: .result, name: "slow")
        } else if isWrite, falls(faults.appliedThenError) {
            fate.answer = .brokenConnection
            fate.name = "applied-then-error"
        } else if isWrite, falls(faults.late) {
            let late = deadline + random.duration(.zero, lateness)
            fate = RequestFate(applied: [late], answered: deadline, answer: .deadline, name: "late")
        } else if isWrite, falls(faults.duplicated) {
            fate.applied.append(random.duration(there, there + back))
            fate.name = "duplicated"
        } else if isWrite, batch > 1, falls(faults.partial) {
            fate.answer = .brokenConnection
            fate.share = random.fraction()
            fate.name = "partial"
        }
        return fate
    }
}
