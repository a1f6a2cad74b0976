import PlanCore
import Synchronization

/// What the application did and saw, as it could tell.
package final class History: Sendable {
    package enum Change: Hashable, Sendable {
        /// The whole record, made by this write.
        case upsert(stamp: Int)
        /// A partial update.
        case update(stamp: Int)
        case delete
        /// Deletes the key where its record is of this group.
        case deleteGroup(Int)
    }

    package enum Outcome: Hashable, Sendable {
        case ok
        /// Said to have changed nothing.
        case failed
        /// Nobody can say. It never ends: it may take effect at any time.
        case unknown
    }

    /// A moment: its place among all events, and its time.
    package struct Moment: Hashable, Sendable {
        package var order: Int
        package var time: Duration

        static let never = Moment(order: .max, time: .seconds(1 << 40))
    }

    package struct Write: Hashable, Sendable {
        package var key: Int
        package var change: Change
        package var invoked: Moment
        package var ended: Moment?
        package var outcome: Outcome
    }

    package enum Seen: Hashable, Sendable {
        case absent
        case value(ValueSeen)
        case torn
    }

    package struct Read: Hashable, Sendable {
        package var what: String
        package var key: Int
        package var seen: Seen
        package var invoked: Moment
        package var ended: Moment
    }

    private struct State {
        var order = 0
        var stamp = RecordValue.initial
        var writes: [Write] = []
        var reads: [Read] = []
    }

    private let world: World
    private let state = Mutex(State())

    package init(_ world: World) { self.world = world }

    package var writes: [Write] { state.withLock(\.writes) }
    package var reads: [Read] { state.withLock(\.reads) }

    package func nextStamp() -> Int {
        state.withLock { state in
            state.stamp += 1
            return state.stamp
        }
    }

    package func moment() -> Moment {
        let time = world.now
        return state.withLock { state in
            state.order += 1
            return Moment(order: state.order, time: time)
        }
    }

    /// Places in the history of what has begun; each is to be ended.
    package func begin(_ keys: [Int], _ change: Change) -> [Int] {
        let invoked = moment()
        return state.withLock { state in
            keys.map { key in
                state.writes.append(
                    Write(key: key, change: change, invoked: invoked, outcome: .unknown))
                return state.writes.count - 1
            }
        }
    }

    package func end(_ places: [Int], _ outcome: Outcome) {
        guard outcome != .unknown else { return }
        let ended = moment()
        state.withLock { state in
            for place in places {
                state.writes[place].outcome = outcome
                state.writes[place].ended = ended
            }
        }
    }

    package func note(_ what: String, _ key: Int, _ seen: Seen, invoked: Moment) {
        let ended = moment()
        state.withLock {
            $0.reads.append(
                Read(what: what, key: key, seen: seen, invoked: invoked, ended: ended))
        }
    }

    /// What a store's answer shows of each key that was asked for.
    package static func seen(_ records: [Record], keys: [Int]) -> [(key: Int, seen: Seen)] {
        var found: [Int: Seen] = [:]
        for record in records {
            guard case .int(let number) = record.id else { continue }
            let value = RecordValue.read(record, key: Int(number))
            found[Int(number)] = value.map(Seen.value) ?? .torn
        }
        return keys.map { ($0, found[$0] ?? .absent) }
    }
}
