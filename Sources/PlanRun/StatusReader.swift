import PlanCore
import PlanSync

/// Puts a run's status together from its record and its ledger.
package struct StatusReader: Sendable {
    private let plan: Plan
    private let time: any TimeSource

    /// Notes of a step that counts records: when this attempt began, and at how many.
    static let paceSince = "pace_since"
    static let paceFrom = "pace_from"

    package init(plan: Plan, time: any TimeSource) {
        self.plan = plan
        self.time = time
    }

    package func read(
        _ record: RunRecord?, ledger: (any Ledger)?, isHeld: Bool
    ) async throws -> RunStatus {
        var status = RunStatus(plan: plan.name, file: plan.file)
        status.isHeld = isHeld
        guard let record else {
            status.steps = plan.steps.map { step in
                .init(name: step.name, kind: step.kind.word.rawValue, state: .waiting)
            }
            return status
        }
        status.outcome = record.outcome
        status.steps = zip(record.steps, record.machine.states).map(step)
        if let ledger { try await add(ledger, to: &status) }
        status.goesBack = TakingBack.state(record, status.route)
        return status
    }

    private func step(
        _ record: RunRecord.StepRecord, _ state: RunMachine.StepState
    ) -> RunStatus.StepStatus {
        var step = RunStatus.StepStatus(name: record.name, kind: record.kind, state: state)
        step.message = record.message
        if let begun = record.begun {
            step.seconds = max(0, (record.ended ?? time.unixTime) - begun)
        }
        step.guards = record.guards
        step.notes = record.notes
        step.total = record.notes["total"].flatMap { Int64($0) }
        if state == .done { step.done = record.notes["copied"].flatMap { Int64($0) } }
        return step
    }

    private func add(_ ledger: any Ledger, to status: inout RunStatus) async throws {
        let count = status.steps.count
        let live = try await ledger.read { rows in
            Live(
                route: try rows.route(), gateways: try rows.gateways(),
                backlog: try rows.dirtyCount(), oldest: try rows.oldestDirty(),
                refused: try rows.refusedKeys(limit: 5), refusedCount: try rows.refusedCount(),
                waiting: try rows.status("waiting"),
                guards: try (0..<count).map { try rows.status("guards:\($0)") },
                backfill: ChunkProgress(try rows.chunks(task: Copier.task)))
        }
        status.route = live.route
        status.gateways = live.gateways.map { gateway in
            .init(
                name: gateway.name, acknowledged: gateway.acknowledged,
                requests: gateway.requests, silent: max(0, time.unixTime - gateway.seen))
        }
        status.backlog = live.backlog
        status.backlogAge = live.oldest.map { max(0, time.unixTime - $0.since) } ?? 0
        status.refused = live.refused
        status.refusedCount = live.refusedCount
        // Nobody waits where nobody runs it.
        status.waiting = status.isHeld ? live.waiting : nil
        for index in status.steps.indices where status.steps[index].state == .running {
            if let text = live.guards[index] {
                status.steps[index].guards = GuardText.records(text)
            }
            try await addProgress(ledger, live, &status.steps[index], isHeld: status.isHeld)
        }
    }

    private struct Live: Sendable {
        var route: Route
        var gateways: [GatewayRow]
        var backlog: Int
        var oldest: DirtyKey?
        var refused: [RefusedKey]
        var refusedCount: Int
        var waiting: String?
        var guards: [String?]
        var backfill: ChunkProgress
    }

    private func addProgress(
        _ ledger: any Ledger, _ live: Live, _ step: inout RunStatus.StepStatus,
        isHeld: Bool
    ) async throws {
        switch step.kind {
        case "backfill": step.done = live.backfill[Copier.copied]
        case "verify":
            if let task = step.notes["task"] {
                let chunks = try await ledger.read { try $0.chunks(task: task) }
                step.done = ChunkProgress(chunks)["compared"]
            }
        case "mirror", "soak":
            let plan = plan.step(named: step.name)
            let duration: Duration? =
                switch plan?.kind {
                case .mirror(let options): options.duration
                case .soak(let options): options.duration
                default: nil
                }
            guard let duration else { return }
            step.total = Int64(duration.seconds.rounded())
            step.done = (step.notes["watched_ms"].flatMap { Int64($0) } ?? 0) / 1_000
            step.eta = Double((step.total ?? 0) - (step.done ?? 0))
            return
        default: return
        }
        // Since this attempt began: a run that was down for a night copied nothing meanwhile.
        guard let begun = step.notes[StatusReader.paceSince].flatMap({ Double($0) }),
            let done = step.done
        else { return }
        let seconds = time.unixTime - begun
        let before = step.notes[StatusReader.paceFrom].flatMap { Int64($0) } ?? 0
        guard isHeld, seconds > 0.5, done > before else { return }
        let rate = Double(done - before) / seconds
        step.rate = rate
        if let total = step.total { step.eta = max(0, Double(total - done)) / rate }
    }
}
