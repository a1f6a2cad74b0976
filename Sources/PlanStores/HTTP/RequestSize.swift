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
        /// Of a request or its answer, at most.
        var bytesMost: Int
        /// Since it last carried as many as the server takes.
        var hasBeenSlow = false
    }

    private static let first = 128
    private let most: Int
    private let span: Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - most: records that the server takes in one request.
    ///   - bytes: of a body, at most, as far as the records so far can tell.
    ///   - deadline: of a request.
    init(most: Int, bytes: Int = 8 << 20, deadline: Duration) {
        self.most = most
        span = deadline / 10
        state = Mutex(State(records: min(most, RequestSize.first), bytesMost: bytes))
    }

    /// At least one.
    var records: Int { state.withLock { fitting($0.records, $0) } }

    /// For what had better not be cut in two, an application's write of many records: as many as
    /// the server takes, unless what it was slow with says that they need half of the deadline.
    var whole: Int {
        state.withLock { fitting($0.hasBeenSlow ? min(most, $0.records * 5) : most, $0) }
    }

    func use(_ records: Int) -> Use { Use(size: self, records: records) }

    /// What of so many does not grow too large.
    private func fitting(_ records: Int, _ state: State) -> Int {
        guard state.bytes > 0 else { return records }
        return max(1, min(records, Int(Double(state.bytesMost) / state.bytes)))
    }

    func saw(_ records: Int, bytes: Int, took: Duration) {
        guard records > 0 else { return }
        state.withLock { state in
            let asked = fitting(state.records, state)
            let each = Double(bytes) / Double(records)
            // The next may be as large as the largest of late.
            state.bytes = max(each, state.bytes * 0.9 + each * 0.1)
            if took > span {
                // Few records that took long say nothing of what many would.
                guard records * 2 >= asked else { return }
                state.hasBeenSlow = true
                state.records = max(1, Int(Double(records) * (span / took)))
            } else if took * 2 < span, records >= asked {
                state.records = min(most, max(state.records, records) * 2)
                if state.records == most { state.hasBeenSlow = false }
            }
        }
    }

    /// The server, or what stands before it, takes no body of so many bytes.
    func tooLarge(_ records: Int, bytes: Int) {
        guard records > 0 else { return }
        state.withLock { state in
            state.bytesMost = min(state.bytesMost, bytes * 3 / 4)
            state.bytes = max(state.bytes, Double(bytes) / Double(records))
        }
    }

    func failed(_ records: Int) {
        state.withLock { state in
            guard records * 2 >= fitting(state.records, state) else { return }
            state.records = max(1, records / 2)
            state.hasBeenSlow = true
        }
    }
}
