import PlanCore
import Synchronization

/// Knows of a read which of its records this process was writing meanwhile.
///
/// The server reads a record's fields first and its vector later: an answer may pair the fields of
/// before a write with the vector of after it, and where the record is deleted between the two,
/// the whole request fails.
final class ChromaReadWatch: Sendable {
    private struct Read {
        let ids: Set<RecordID>
        var disturbed: Set<RecordID> = []

        /// - Parameter written: nil where a request does not tell.
        mutating func note(_ written: Set<RecordID>?) {
            disturbed.formUnion(written?.intersection(ids) ?? ids)
        }
    }

    private struct State {
        var tickets = 0
        var writes: [Int: Set<RecordID>?] = [:]
        var reads: [Int: Read] = [:]

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

    /// What was read, and those of its records that were being written at some time meanwhile.
    func reading<Value>(
        _ ids: Set<RecordID>, _ read: () async throws -> Value
    ) async throws -> (value: Value, disturbed: Set<RecordID>) {
        let ticket = state.withLock { state in
            let ticket = state.ticket()
            var read = Read(ids: ids)
            for written in state.writes.values { read.note(written) }
            state.reads[ticket] = read
            return ticket
        }
        let end = { self.state.withLock { $0.reads.removeValue(forKey: ticket)?.disturbed ?? [] } }
        do {
            let value = try await read()
            return (value, end())
        } catch {
            _ = end()
            throw error
        }
    }
}
