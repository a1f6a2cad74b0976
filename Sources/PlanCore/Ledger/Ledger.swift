/// The small SQL database that every process of a run shares; the only thing they share.
///
/// Transactions are serialisable and run one body after another; concurrent bodies may share one
/// commit. A body may be run again only if its first run was rolled back, so it has no effect
/// besides its transaction. Nothing here leans on one machine, one file or one clock.
package protocol Ledger: Sendable {
    /// One per run, for ever.
    var id: String { get }

    /// Throws `LedgerError`, or what the body threw (then nothing of that body is kept).
    func write<Result: Sendable>(
        _ durability: LedgerDurability,
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Result
    ) async throws -> Result

    /// One consistent snapshot, at least as new as every write that returned before.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Result
    ) async throws -> Result

    /// Makes an owner and takes its liveness lock, which this process holds until it ends.
    func enroll(role: Owner.Role, host: String, process: Int32) async throws -> Owner
    /// Gives the lock back: from here on the owner counts as dead.
    func resign(_ owner: Owner) async
    /// True only where the owner's lock is certainly released. A machine that cannot tell says no.
    func isProvablyDead(_ owner: Int64) async -> Bool
    /// Takes the one lock of whoever holds the run; false where another process has it.
    func holdRun() async throws -> Bool
    func releaseRun() async
    func close() async
}

package enum LedgerDurability: Hashable, Sendable {
    /// On disk when the call returns.
    case durable
    /// In order, visible to all, and on disk with the next durable commit.
    case relaxed
}
