import PlanCore
import Synchronization

/// Knows of a read which of its records this process was writing meanwhile.
///
/// The server reads a record's fields first and its vector later: an answer may pair the fields of
/// before a write with the vector of after it, and where the record is deleted between the two,
/// the whole request fails.
final class ChromaReadWatch: Sendable {
    /// What was being written at some time of a read.
    struct Writes: Sendable {
        private var ids: Set<RecordID> = []
        /// A request among them does not tell what it writes.
        private var isUntold = false

        var isEmpty: Bool { ids.isEmpty && !isUntold }

        /// - Parameter written: nil where a request does not tell.
        mutating func note(_ written: Set<RecordID>?) {
            guard let written else { return isUntold = true }
            ids.formUnion(written)
        }

        func among(_ read: Set<RecordID>) -> Set<RecordID> {
            isUntold ? read : read.intersection(ids)
        }
    }

    private struct State {
        var tickets = 0
        var writes: [Int: Set<RecordID>?] = [:]
        var reads: [Int: Writes] = [:]

        mutating func ticket() -> Int {
            tickets += 1
            return tickets
        }
    }

    private let state = Mutex(State())

    /// - Parameter ids: what it writes; nil where that is not known.
    func writing<Value>(
        _ ids: Set<RecordID>?, _ write: () async throws -> Value
    ) async throws -> Value {
        let ticket = state.withLock { state in
            let ticket = state.ticket()
            state.writes.updateValue(ids, forKey: ticket)
            for read in Array(state.reads.keys) { state.reads[read]?.note(ids) }
            return ticket
        }
        defer { state.withLock { _ = $0.writes.removeValue(forKey: ticket) } }
        return try await write()
    }

    /// What was read, and what was being written meanwhile.
    func reading<Value>(
        _ read: () async throws -> Value
    ) async throws -> (value: Value, writes: Writes) {
        let ticket = state.withLock { state in
            let ticket = state.ticket()
            var meanwhile = Writes()
            for written in state.writes.values { meanwhile.note(written) }
            state.reads[ticket] = meanwhile
            return ticket
        }
        let end = { self.state.withLock { $0.reads.removeValue(forKey: ticket) ?? Writes() } }
        do {
            let value = try await read()
            return (value, end())
        } catch {
            _ = end()
            throw error
        }
    }
}
