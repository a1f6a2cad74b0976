import PlanCore
import Postgres
import Synchronization

/// Whether the next batch of a load is tried as a plain COPY, which fails where any of its keys is
/// there. After a failure so many batches are written as upserts, twice as many after the next.
final class CopyHope: Sendable {
    private struct State {
        var skips = 0
        var penalty = 0
    }

    private let state = Mutex(State())

    func take() -> Bool {
        state.withLock { state in
            if state.skips == 0 { return true }
            state.skips -= 1
            return false
        }
    }

    func succeeded() { state.withLock { $0 = State() } }

    func failed() {
        state.withLock { state in
            state.penalty = min(256, max(4, state.penalty * 2))
            state.skips = state.penalty
        }
    }
}

extension PostgresStore {
    /// Below this many one statement over arrays is as quick.
    static let loadThreshold = 64

    /// COPY into the table itself: several rows in one page's write, and no look for a conflict
    /// before each. Where a key is there after all the server undoes the batch, and it goes as an
    /// upsert.
    package func load(_ records: [Record]) async throws {
        guard records.count >= PostgresStore.loadThreshold, copyHope.take() else {
            return try await upsert(records)
        }
        do {
            if try await insertByCopy(PostgresStore.lastOfEach(records)) {
                copyHope.succeeded()
                return
            }
        } catch let error as StoreError
            where error.isDefinite && [.refused, .unsupported].contains(error.kind)
        {
            // A conflict, or a table that does not take it; an upsert finds out which.
        }
        copyHope.failed()
        try await upsert(records)
    }

    /// One statement, which commits by itself. False where the table does not take it.
    private func insertByCopy(_ records: [Record]) async throws -> Bool {
        try await run("upsert", .statement) { session, shape in
            guard shape.takesCopy, case .document(let payload, _) = shape.payload else {
                return false
            }
            try shape.check(records, self.capabilities, "upsert")
            let columns = [shape.idColumn, payload] + shape.vectors.map(\.column)
            try session.connection.copyIn(
                "COPY \(shape.table) (\(columns.map(PostgresShape.quoted).joined(separator: ", "))) "
                    + "FROM STDIN (FORMAT binary)", rows: records.count,
                columns: Int16(columns.count)
            ) { row, buffer in shape.append(records[row], to: &buffer) }
            return true
        }
    }
}
