import PlanCore
import PlanLedger
import PlanRun
import PlanSync
import PlanSyntax

/// Begins a run, or takes up one that is there, and holds it.
struct RunOpener {
    struct HeldElsewhere: Error {}

    struct Opened {
        let record: RunRecord
        let ledger: SQLiteLedger
        let lock: RunLock
    }

    let bench: Workbench
    var acceptsChanges = false
    /// A person says that the run goes forward, with the source or without it.
    var goesForward = false

    private var plan: Plan { bench.plan }
    private var folder: RunFolder { bench.folder }

    func open() async throws -> Opened {
        try folder.make()
        guard let lock = RunLock(folder: folder.path) else { throw HeldElsewhere() }
        let (record, ledger) =
            if let found = try await folder.store.load() {
                try await takeUp(found)
            } else {
                try await beginNew()
            }
        try await claim(record)
        return Opened(record: record, ledger: ledger, lock: lock)
    }

    private func beginNew() async throws -> (RunRecord, SQLiteLedger) {
        let identity = try await sourceIdentity(leads: true)
        try await ConnectCheck.refuseLosses(bench)
        let record = try await begin(identity)
        return (record, try openLedger(record))
    }

    private func takeUp(_ found: RunRecord) async throws -> (RunRecord, SQLiteLedger) {
        let ledger = try openLedger(found)
        do {
            try await RunMembership(bench: bench).refuseOldLedger(ledger, found)
            // Of the two `run.json` may not know yet.
            let leader = try await ledger.read { try $0.route() }.authority
            if try await isSourceGone(found, leader) {
                if !found.isPastReturn {
                    Terminal.complain(
                        "the source does not answer, or does not have its collection: the run goes "
                            + "on without it")
                }
                return (try await resume(found, found.source), ledger)
            }
            let identity = try await sourceIdentity(leads: leader == .source)
            return (try await resume(found, identity), ledger)
        } catch {
            await ledger.close()
            throw error
        }
    }

    private func sourceIdentity(leads: Bool) async throws -> StoreIdentity {
        let without = leads ? nil : onward
        do {
            guard try await bench.source.describe() != nil else {
                throw Diagnostic(
                    "the source has no collection '\(plan.source.collection)'",
                    hint: without ?? "see 'source' in the plan: nothing was changed")
            }
            return try await bench.source.identity()
        } catch let error as StoreError {
            guard let without, error.isTransient else { throw error }
            throw Diagnostic("\(error)", hint: without)
        }
    }

    private var onward: String {
        "the target has every write; see that the source is back, and run the same command again; if it "
            + "is gone for good, go on without it, and not back: 'plan apply \(plan.file) --forward'"
    }

    /// The run itself took it away, or let go of it; or it is dead while the target leads, and a person
    /// goes on without it.
    private func isSourceGone(_ record: RunRecord, _ leader: Side) async throws -> Bool {
        guard record.isPastReturn || (goesForward && leader == .target) else { return false }
        do {
            return try await bench.source.describe() == nil
        } catch is StoreError {
            return true
        }
    }

    /// The ledger first, then `run.json`: a gateway that finds `run.json` and no ledger knows that
    /// the ledger was lost. A ledger without `run.json` is what a crash between the two leaves.
    private func begin(_ identity: StoreIdentity) async throws -> RunRecord {
        let ledger =
            try folder.hasLedger
            ? folder.openLedger(nil) : folder.createLedger(RealEntropy().identifier(), epoch: 0)
        let isUntouched = try await ledger.read { rows in
            try rows.route().epoch == 0 && rows.owners().isEmpty
        }
        let id = ledger.id
        await ledger.close()
        guard isUntouched else {
            throw Diagnostic(
                "'\(folder.ledger)' is that of a run, but there is no 'run.json' beside it",
                hint:
                    "restore 'run.json' from a backup, or move the folder away if that run is over")
        }
        var record = RunRecord(
            plan: plan.name, digest: bench.file.digest, text: bench.file.text, source: identity,
            ledger: id,
            steps: plan.steps.map { .init(name: $0.name, kind: $0.kind.word.rawValue) },
            begun: bench.time.unixTime)
        record.serial = 1
        bench.crashPoints.reachBlocking(.ledgerMade)
        try await folder.store.save(record)
        return record
    }

    private func resume(_ found: RunRecord, _ identity: StoreIdentity) async throws -> RunRecord {
        var record = found
        guard record.plan == plan.name else {
            throw Diagnostic(
                "'\(folder.runFile)' belongs to the plan '\(record.plan)'",
                hint: "give this plan a 'state' folder of its own")
        }
        guard record.source == identity else {
            throw Diagnostic(
                "the source is another database than this run began with: "
                    + "\(shown(identity)), not \(shown(record.source))",
                hint: "point 'source' at the one it began with; see the variables it names")
        }
        if let target = record.target {
            let now: StoreIdentity
            do {
                now = try await bench.target.identity()
            } catch let error as StoreError where error.kind == .notFound {
                throw Diagnostic(
                    "the target that this run made is not there: \(shown(target))",
                    hint: "point 'target' at the database it began with; if it was dropped on "
                        + "purpose, move '\(folder.path)' away and apply anew")
            }
            guard now == target else {
                throw Diagnostic(
                    "the target is another database than this run began with: "
                        + "\(shown(now)), not \(shown(target))",
                    hint: "point 'target' at the one it began with; see the variables it names")
            }
        }
        if record.digest != bench.file.digest { try await accept(&record) }
        return record
    }

    private func shown(_ identity: StoreIdentity) -> String {
        "\(identity.kind) \(identity.instance) \(identity.collection)"
    }

    private func accept(_ record: inout RunRecord) async throws {
        let changes = PlanEdit.difference(record.text, bench.file.text).joined(separator: "\n")
        let before = PlanParser.parse(text: record.text, file: plan.file).plan
        let obstacle = before.map { PlanEdit.obstacle($0, plan, record) } ?? "it cannot be compared"
        if let obstacle {
            let step = before.flatMap { PlanEdit.blockingStep($0, plan, record) }
            throw Diagnostic(
                "the plan was edited after its run began, and \(obstacle):\n\(changes)",
                hint: step.map {
                    "put it back, or undo that step and apply the edited plan: "
                        + "plan rollback \(plan.file) --to \($0); "
                        + "plan apply \(plan.file) --accept-changes"
                }
                    ?? "put it back; or end this run with 'plan rollback \(plan.file) --to "
                    + "\(record.steps.first?.name ?? "STEP")', move '\(folder.path)' away, and "
                    + "apply anew")
        }
        guard acceptsChanges else {
            throw Diagnostic(
                "the plan was edited after its run began:\n\(changes)",
                hint: "only steps that are not begun changed: add --accept-changes to go on")
        }
        let count = before.map { PlanEdit.kept($0, plan, record) } ?? 0
        let kept = record.machine.states.prefix(count)
        let states =
            Array(kept)
            + Array(repeating: RunMachine.StepState.waiting, count: plan.steps.count - kept.count)
        record.machine = RunMachine(states: states, direction: record.machine.direction)
        record.steps =
            Array(record.steps.prefix(kept.count))
            + plan.steps.dropFirst(kept.count).map { step in
                var fresh = RunRecord.StepRecord(name: step.name, kind: step.kind.word.rawValue)
                // What an earlier attempt left in the ledger goes by its number.
                fresh.attempts =
                    record.steps.filter { $0.name == step.name }.map(\.attempts).max() ?? 0
                return fresh
            }
        record.digest = bench.file.digest
        record.text = bench.file.text
        record.serial += 1
        try await folder.store.save(record)
    }

    private func openLedger(_ record: RunRecord) throws -> SQLiteLedger {
        do {
            return try folder.openLedger(record.ledger)
        } catch let error as LedgerError {
            let hint =
                switch error {
                case .newer, .unavailable, .unknownCommit, .evicted: Failure.hint(error)
                case .lost, .foreign, .unreadable: "plan recover \(plan.file)"
                }
            throw Diagnostic(error.description, hint: hint)
        }
    }

    private func claim(_ record: RunRecord) async throws {
        guard !record.machine.isFinished else { return }
        let ours = RunClaim(
            run: record.ledger, plan: plan.name, host: Host.name, state: folder.absolute)
        let holder = try await bench.target.claim(ours)
        guard holder.run == record.ledger else {
            throw Diagnostic(
                "the target is claimed by the run of plan '\(holder.plan)' on \(holder.host), "
                    + "state in '\(holder.state)'",
                hint: "finish or roll back that run first; two runs on one collection would fight")
        }
    }
}

extension RunMachine {
    var isFinished: Bool { next == .finish }
}
