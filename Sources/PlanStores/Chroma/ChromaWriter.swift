import PlanCore
import Synchronization

/// Sends this process's writes one request at a time, those that wait together.
///
/// The local server takes writes in turn, and the more of them come at once, the longer each takes:
/// 110 a second from one client were 21 from four and 12 from sixteen. Writes to one key keep the
/// order of asking, and a record may be read before it is replaced.
final class ChromaWriter: Sendable {
    enum Kind: Hashable, Sendable {
        case upsert, update, delete
        /// A request of an application's, as it came.
        case forwarded
        /// A read that no write of this process's may disturb.
        case get

        var operation: String { "\(self)" }
    }

    /// One caller's records.
    struct Job: Sendable {
        var kind: Kind
        var items: [Item]
        /// Of a request that goes alone, how it is sent, within a limit.
        var own: (@Sendable (Duration) async throws -> Void)?
    }

    struct Item: Sendable {
        var id: RecordID
        var vector: [Float]? = nil
        var set: JSONObject = [:]
        /// Whether what is held and not set goes.
        var clears = false
        var remove: [String] = []
    }

    /// Ids that an update did not find.
    typealias Answer = Result<Set<RecordID>, any Error>

    private struct Waiting {
        let ticket: Int
        let job: Job
        let ids: Set<RecordID>
        let end: ContinuousClock.Instant
    }

    private struct State {
        var tickets = 0
        var isSending = false
        var waiting: [Waiting] = []
        var callers: [Int: CheckedContinuation<Answer, Never>] = [:]
    }

    let watch = ChromaReadWatch()
    private let state = Mutex(State())
    private let deadline: Duration
    private let send: @Sendable (Kind, [Item], Duration) async throws -> Set<RecordID>

    /// Records of several callers in one request, at most.
    private static let togetherMax = 200

    /// - Parameter send: one request's work, within a limit; ids that it did not find.
    init(
        deadline: Duration,
        send: @escaping @Sendable (Kind, [Item], Duration) async throws -> Set<RecordID>
    ) {
        self.deadline = deadline
        self.send = send
    }

    /// Throws `busy`, surely not applied, where its turn does not come in time.
    func write(_ job: Job) async throws -> Set<RecordID> {
        let ticket = state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        let waiting = Waiting(
            ticket: ticket, job: job, ids: Set(job.items.map(\.id)), end: .now + deadline)
        let answer: Answer = await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                let begins = state.withLock { state -> Bool? in
                    if Task.isCancelled { return nil }
                    state.waiting.append(waiting)
                    state.callers[ticket] = caller
                    defer { state.isSending = true }
                    return !state.isSending
                }
                guard let begins else { return caller.resume(returning: ChromaWriter.cancelled) }
                // No task of a caller's: whose request it is, is many callers' affair.
                if begins { Task { await self.sendAll() } }
            }
        } onCancel: {
            let caller = state.withLock { state in
                state.waiting.removeAll { $0.ticket == ticket }
                return state.callers.removeValue(forKey: ticket)
            }
            caller?.resume(returning: ChromaWriter.cancelled)
        }
        return try answer.get()
    }

    private static let cancelled = Answer.failure(CancellationError())

    private func sendAll() async {
        while let batch = next() {
            await send(batch)
        }
    }

    /// The first, and those of its kind that may go with it: no id twice, and none that an earlier
    /// one of another kind waits for.
    private func next() -> [Waiting]? {
        state.withLock { state in
            guard let first = state.waiting.first else {
                state.isSending = false
                return nil
            }
            var batch: [Waiting] = []
            var rest: [Waiting] = []
            var ids: Set<RecordID> = []
            var passed: Set<RecordID> = []
            for waiting in state.waiting {
                let fits =
                    waiting.job.kind == first.job.kind && waiting.job.own == nil
                    && ids.isDisjoint(with: waiting.ids)
                    && passed.isDisjoint(with: waiting.ids)
                    && ids.count + waiting.ids.count <= ChromaWriter.togetherMax
                if batch.isEmpty || fits {
                    batch.append(waiting)
                    ids.formUnion(waiting.ids)
                } else {
                    rest.append(waiting)
                    passed.formUnion(waiting.ids)
                }
            }
            state.waiting = rest
            return batch
        }
    }

    private func send(_ batch: [Waiting]) async {
        // A quarter of the deadline is kept for the request itself.
        let late = batch.filter { $0.end - .now < deadline / 4 }
        for waiting in late {
            answer(
                waiting,
                .failure(
                    StoreError(
                        store: ChromaServer.store, operation: waiting.job.kind.operation,
                        kind: .busy, message: "other writes took all the time; try again",
                        isDefinite: true)))
        }
        let batch = batch.filter { $0.end - .now >= deadline / 4 }
        guard let first = batch.first else { return }
        let limit = batch.map { $0.end - .now }.min() ?? deadline
        do {
            if let own = first.job.own {
                if first.job.kind == .get {
                    try await own(limit)
                } else {
                    try await watch.writing(nil) { try await own(limit) }
                }
                return answer(first, .success([]))
            }
            let items = batch.flatMap(\.job.items)
            let missing = try await watch.writing(Set(items.map(\.id))) {
                try await send(first.job.kind, items, limit)
            }
            for waiting in batch {
                answer(waiting, .success(missing.intersection(waiting.ids)))
            }
        } catch let error as StoreError
            where error.kind == .refused && error.isDefinite && batch.count > 1
        {
            // One of them is at fault: each is told its own.
            for waiting in batch { await send([waiting]) }
        } catch {
            for waiting in batch { answer(waiting, .failure(error)) }
        }
    }

    private func answer(_ waiting: Waiting, _ answer: Answer) {
        state.withLock { $0.callers.removeValue(forKey: waiting.ticket) }?.resume(returning: answer)
    }
}
