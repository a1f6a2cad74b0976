/// A share of a task that walks the whole collection. Boundaries are fixed once and kept.
package struct Chunk: Hashable, Sendable {
    package enum State: String, Hashable, Sendable {
        case waiting, active, done
    }

    /// `backfill`, or a verify's own name; with `number` the identity.
    package var task: String
    package var number: Int
    package var range: KeyRange
    /// Everything up to here is done, durably.
    package var cursor: RecordID?
    package var state: State
    package var owner: Int64?
    package var counters: [String: Int64]

    package init(
        task: String, number: Int, range: KeyRange, cursor: RecordID? = nil,
        state: State = .waiting, owner: Int64? = nil, counters: [String: Int64] = [:]
    ) {
        self.task = task
        self.number = number
        self.range = range
        self.cursor = cursor
        self.state = state
        self.owner = owner
        self.counters = counters
    }

    /// What is left of it.
    package var rest: KeyRange { KeyRange(after: cursor ?? range.after, through: range.through) }
}
