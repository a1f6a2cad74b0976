import PlanCore
import Synchronization

/// How many records the target may refuse before a walk ends where it is. What one worker sees all
/// of its process are told.
final class RefusedCeiling: Sendable {
    /// The walk is over, though not all of it was read.
    struct Passed: Error {}

    private let most: Int?
    private let passed = Atomic<Bool>(false)

    /// nil: no ceiling.
    init(_ most: Int?) { self.most = most }

    var isPassed: Bool { passed.load(ordering: .relaxed) }

    /// After a page of which something was refused. Where the ledger does not answer, the next such
    /// page looks again.
    func look(_ ledger: any Ledger) async {
        guard let most else { return }
        guard let count = try? await ledger.read({ try $0.refusedCount() }), count > most else {
            return
        }
        passed.store(true, ordering: .relaxed)
    }

    /// Before a chunk is taken: another process may have passed it. Chunks count what was refused
    /// of them for ever, also what the target has taken since.
    func check(_ chunks: [Chunk], _ ledger: any LedgerTransaction) throws {
        if let most, ChunkProgress(chunks)[Copier.refused] > Int64(most),
            try ledger.refusedCount() > most
        {
            passed.store(true, ordering: .relaxed)
        }
        if isPassed { throw Passed() }
    }
}
