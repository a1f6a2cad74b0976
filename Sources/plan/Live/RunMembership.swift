import PlanCore
import PlanLedger
import PlanRun
import PlanSyntax

/// Whether this process's plan and stores are those of the run that it is about to work for: what it
/// wrote elsewhere would be missing where the run looks.
struct RunMembership: Sendable {
    let bench: Workbench

    /// How long a store may take to say which it is. One that does not answer is seen where it is
    /// needed.
    private static let patience = Duration.seconds(2)

    /// Throws a `Diagnostic` where it is another migration's.
    func confirm(_ record: RunRecord, _ ledger: SQLiteLedger) async throws {
        try await refuseOldLedger(ledger, record)
        if record.digest != bench.file.digest,
            let before = PlanParser.parse(text: record.text, file: bench.plan.file).plan,
            let changed = PlanEdit.moved(before, bench.plan)
        {
            throw Diagnostic(
                "the plan was edited after its run began, and \(changed)",
                hint: "put it back: nothing of the run is done by another plan")
        }
        // Of a source that was let go nothing is wanted any more.
        let source = record.isPastReturn ? nil : record.source
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (side, known) in [(Side.source, source), (.target, record.target)] {
                group.addTask { try await confirm(side, known) }
            }
            try await group.waitForAll()
        }
    }

    /// Throws where what `run.json` has seen of the ledger is not in it: somebody put an old one back.
    func refuseOldLedger(_ ledger: SQLiteLedger, _ record: RunRecord) async throws {
        let epoch = try await ledger.read { try $0.route() }.epoch
        guard epoch < record.epoch else { return }
        throw Diagnostic(
            "'\(bench.folder.ledger)' is older than 'run.json': its epoch is \(epoch), and the run was "
                + "at \(record.epoch)",
            hint: "it was put back from a copy, which forgets writes: move it away, and run 'plan "
                + "recover \(bench.plan.file)'")
    }

    private func confirm(_ side: Side, _ known: StoreIdentity?) async throws {
        guard let known else { return }
        let bench = bench
        let found = try? await bench.time.answer(within: RunMembership.patience) {
            try? await bench.store(side).identity()
        } late: {
            nil
        }
        guard let found, found != known else { return }
        throw Diagnostic(
            "the \(side.rawValue) is another database than the run's: \(found.kind) "
                + "\(found.instance) \(found.collection), not \(known.kind) \(known.instance) "
                + "\(known.collection)",
            hint: "point '\(side.rawValue)' at the one it began with; see the variables it names")
    }
}
