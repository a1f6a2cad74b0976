import PlanCore
import PlanLedger

/// A process's handle on the shared ledger: the real one, with commits that take time, fail, or end
/// without saying how.
package struct SimulatedLedger: Ledger {
    let process: SimulatedProcess
    let inner: SQLiteLedger
    let faults: LedgerFaults
    let epochs: EpochWatch

    package init(
        process: SimulatedProcess, inner: SQLiteLedger, faults: LedgerFaults, epochs: EpochWatch
    ) {
        self.process = process
        self.inner = inner
        self.faults = faults
        self.epochs = epochs
        // The kernel frees a dead process's locks at once.
        process.atDeath { [process] in
            process.spawn { await inner.close() }
        }
    }

    package var id: String { inner.id }

    private func delay() async throws {
        try await process.wait(
            process.world.draw { $0.duration(.microseconds(20), .milliseconds(2)) })
    }

    package func write<Value: Sendable>(
        _ durability: LedgerDurability,
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Value
    ) async throws -> Value {
        try await delay()
        if faults.isOn, process.world.draw({ $0.chance(faults.refused) }) {
            process.world.count("fault: ledger-unavailable")
            throw LedgerError.unavailable("simulated")
        }
        let (process, epochs) = (process, epochs)
        let value = try await inner.write(durability) { rows in
            try process.checkAlive()
            let before = try rows.route()
            let value = try body(rows)
            epochs.check(before, try rows.route(), process)
            return value
        }
        if faults.isOn, process.world.draw({ $0.chance(faults.unknown) }) {
            process.world.count("fault: ledger-unknown-commit")
            try await delay()
            throw LedgerError.unknownCommit("simulated")
        }
        try await delay()
        return value
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Value
    ) async throws -> Value {
        try await delay()
        let value = try await inner.read(body)
        try await delay()
        return value
    }

    package func enroll(role: Owner.Role, host: String, process number: Int32) async throws -> Owner
    {
        try await delay()
        let owner = try await inner.enroll(role: role, host: host, process: number)
        try process.checkAlive()
        return owner
    }

    package func resign(_ owner: Owner) async { await inner.resign(owner) }
    package func isProvablyDead(_ owner: Int64) async -> Bool { await inner.isProvablyDead(owner) }
    package func holdRun() async throws -> Bool { try await inner.holdRun() }
    package func releaseRun() async { await inner.releaseRun() }
    package func close() async { await inner.close() }
}
