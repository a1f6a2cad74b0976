import PlanCore
import Postgres
import Synchronization

/// A few connections, each lent to one call at a time; who comes when all are out waits in turn.
final class PostgresPool: Sendable {
    private struct Waiter {
        let ticket: Int
        let continuation: CheckedContinuation<PostgresChannel?, Never>
    }

    private struct State {
        var idle: [PostgresChannel] = []
        var made = 0
        var waiting: [Waiter] = []
        var tickets = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let configuration: PostgresStoreConfiguration

    init(_ configuration: PostgresStoreConfiguration) { self.configuration = configuration }

    /// Runs one call on a connection. Cancelling the task asks the server to stop.
    func run<Result: Sendable>(
        _ operation: String, _ effect: PostgresChannel.Effect, limit: Duration? = nil,
        _ body: @escaping @Sendable (PostgresSession) throws -> Result
    ) async throws -> Result {
        let start = ContinuousClock.now
        let limit = limit ?? configuration.deadline
        let channel = try await acquire(operation, limit)
        defer { release(channel) }
        return try await PostgresPool.interruptibly(channel) {
            try await channel.run(operation, effect, since: start, limit: limit, body)
        }
    }

    static func interruptibly<Result: Sendable>(
        _ channel: PostgresChannel, _ body: () async throws -> Result
    ) async throws -> Result {
        defer { channel.interrupt.clear() }
        return try await withTaskCancellationHandler {
            try await body()
        } onCancel: {
            channel.interrupt.raise()
        }
    }

    private enum Turn {
        case channel(PostgresChannel)
        case wait(Int)
        case closed
    }

    private func acquire(_ operation: String, _ limit: Duration) async throws -> PostgresChannel {
        try Task.checkCancellation()
        let turn: Turn = state.withLock { state in
            if state.isClosed { return .closed }
            if let idle = state.idle.popLast() { return .channel(idle) }
            if state.made < max(1, configuration.poolSize) {
                state.made += 1
                return .channel(PostgresChannel(configuration))
            }
            state.tickets += 1
            return .wait(state.tickets)
        }
        switch turn {
        case .channel(let channel): return channel
        case .closed: throw PostgresFailure.error(.other, "the store is closed", operation)
        case .wait(let ticket):
            let timer = Task {
                try? await Task.sleep(for: limit)
                self.giveUp(ticket)
            }
            defer { timer.cancel() }
            if let channel = await wait(ticket) { return channel }
            try Task.checkCancellation()
            throw PostgresFailure.error(
                .busy,
                "all \(configuration.poolSize) connections were taken for "
                    + "\(limit); use fewer workers", operation)
        }
    }

    private func wait(_ ticket: Int) async -> PostgresChannel? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: PostgresChannel?? = state.withLock { state in
                    if state.isClosed || Task.isCancelled { return .some(nil) }
                    if let idle = state.idle.popLast() { return .some(idle) }
                    state.waiting.append(Waiter(ticket: ticket, continuation: continuation))
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            giveUp(ticket)
        }
    }

    private func giveUp(_ ticket: Int) {
        let waiter = state.withLock { state in
            state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: nil)
    }

    private func release(_ channel: PostgresChannel) {
        let waiter: Waiter? = state.withLock { state in
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            state.idle.append(channel)
            return nil
        }
        waiter?.continuation.resume(returning: channel)
    }

    func close() async {
        let (idle, waiting) = state.withLock { state in
            state.isClosed = true
            defer {
                state.idle = []
                state.waiting = []
            }
            return (state.idle, state.waiting)
        }
        for waiter in waiting { waiter.continuation.resume(returning: nil) }
        for channel in idle { await channel.close() }
    }
}
