import Synchronization

/// How many records one request carries, as the server's answers teach: enough to be worth a round
/// trip, few enough that it takes about a tenth of its deadline and neither it nor its answer grows
/// large.
///
/// It begins small, doubles while full requests take less than half of that tenth, and shrinks in
/// proportion where one took longer. One that was out of time halves it. Many tasks share it.
final class RequestSize: Sendable {
    /// One request that carries so many.
    struct Use: Sendable {
        let size: RequestSize
        let records: Int
    }

    private struct State {
        var records: Int
        /// Of a request or its answer, for each record.
        var bytes = 0.0
    }

    private static let first = 128
    private let most: Int
    private let bytesMost: Int
    private let span: Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - most: records that the server takes in one request.
    ///   - bytes: of a body, at most, as far as the records so far can tell.
    ///   - deadline: of a request.
    init(most: Int, bytes: Int = 8 << 20, deadline: Duration) {
        self.most = most
        bytesMost = bytes
        span = deadline / 10
        state = Mutex(State(records: min(most, RequestSize.first)))
    }

    /// At least one.
    var records: Int { state.withLock { count($0) } }

    func use(_ records: Int) -> Use { Use(size: self, records: records) }

    private func count(_ state: State) -> Int {
        guard state.bytes > 0 else { return state.records }
        return max(1, min(state.records, Int(Double(bytesMost) / state.bytes)))
    }

    func saw(_ records: Int, bytes: Int, took: Duration) {
        guard records > 0 else { return }
        state.withLock { state in
            let asked = count(state)
            let each = Double(bytes) / Double(records)
            // The next may be as large as the largest of late.
            state.bytes = max(each, state.bytes * 0.9 + each * 0.1)
            if took > span {
                // Few records that took long say nothing of what many would.
                guard records * 2 >= asked else { return }
                state.records = max(1, Int(Double(records) * (span / took)))
            } else if took * 2 < span, records >= asked {
                state.records = min(most, max(state.records, records) * 2)
            }
        }
    }

    func failed(_ records: Int) {
        state.withLock { state in
            if records * 2 >= count(state) { state.records = max(1, records / 2) }
        }
    }
}
