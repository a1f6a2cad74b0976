import PlanCore
import PlanSync

/// Reads move by weight, then authority by three flips; the source follows from then on.
struct CutoverStep: StepWork {
    let options: CutoverOptions

    func perform(_ index: Int, _ context: RunContext) async throws {
        let flips = context.flips()
        if try await flips.route().authority == .target {
            return try await takeBack(index, context)
        }
        try await refuseBypassedWrites(context)
        try await weigh(index, context, flips)
        // Who is told below reads the source until then: it may not fall behind.
        if isReadPast { try await flips.acknowledgeBoth() }
        try await move(index, context, flips)
        try await tell(index, context, flips)
    }

    /// Who moved authority may have died before that was written down, or before anybody was told.
    func takeBack(_ index: Int, _ context: RunContext) async throws {
        let flips = context.flips()
        if try await flips.route().isHeld { try await flips.abortHold() }
        try await noteAuthority(context, flips)
        if isReadPast { try await keepInStep(context, flips) }
        try await tell(index, context, flips)
    }

    private func tell(_ index: Int, _ context: RunContext, _ flips: Flips) async throws {
        try await flips.awaitAcknowledgement()
        try await context.clearWaiting()
        try await ConfigSwitch(context: context, step: index).apply(options.config)
        if isReadPast { try await flips.acknowledgeAlone() }
    }

    /// An application reads past the gateways, and has to be told where.
    private var isReadPast: Bool { !options.config.isEmpty }

    /// How long those who read the target by themselves keep it for the source to catch up with:
    /// where the target is gone nothing would ever be mended from it.
    private static let patience: Duration = .seconds(30)

    /// Somebody writes past the gateway: what was compared is not what will be.
    private func refuseBypassedWrites(_ context: RunContext) async throws {
        let text = try await context.ledger.read { try $0.status("verify") }
        guard let text, let tally = TallyText.decode(text), tally.bypassed > 0 else { return }
        throw StepFailure.stopped(
            "\(tally.bypassed) writes went past the gateway, as the latest verify found",
            hint: "find who writes to the stores directly, stop it, and verify again")
    }

    private func weigh(_ index: Int, _ context: RunContext, _ flips: Flips) async throws {
        let passed = Int(await context.notes(index)["stage"] ?? "") ?? 0
        for (number, stage) in options.stages.enumerated() where number >= passed {
            switch stage {
            case .setWeight(let share):
                try await flips.setWeight(Int((share * 100).rounded()))
            case .pause(let duration?):
                try await context.time.sleep(for: duration)
            case .pause(nil):
                try await Approvals.await(context.plan.steps[index].name, context)
            }
            try await context.setNote(index, "stage", String(number + 1))
        }
    }

    private func move(_ index: Int, _ context: RunContext, _ flips: Flips) async throws {
        try await context.journal.update { $0.intendedFlip = "authority:target" }
        do {
            let move = try await flips.moveAuthority(
                to: .target, writePauseMax: options.writePauseMax, attempts: options.attempts,
                maxRefused: context.maxRefused, isReadPast: isReadPast)
            try await noteAuthority(context, flips) { record in
                record.steps[index].notes["write_pause_ms"] = String(
                    Int(move.pause.milliseconds.rounded()))
                record.steps[index].notes["attempts"] = String(move.attempts)
            }
        } catch let error as FlipError {
            try await noteAuthority(context, flips)
            throw StepFailure.stopped(FlipText.of(error), hint: nil)
        }
    }

    /// The ledger's word in `run.json`, by which `recover` goes where the ledger is lost. Until then
    /// an intended flip says that nobody knows.
    private func noteAuthority(
        _ context: RunContext, _ flips: Flips,
        _ more: @escaping @Sendable (inout RunRecord) -> Void = { _ in }
    ) async throws {
        let route = try await flips.route()
        try await context.journal.update { record in
            record.authority = route.authority
            record.epoch = route.epoch
            record.intendedFlip = nil
            more(&record)
        }
    }

    func undo(_ index: Int, _ context: RunContext) async throws {
        // Nobody is pointed at a source that does not follow.
        try await PointOfNoReturn(context: context).refuseRollback(to: index)
        let flips = context.flips()
        if try await flips.route().isHeld { try await flips.abortHold() }
        if isReadPast { try await keepInStep(context, flips) }
        try await ConfigSwitch(context: context, step: index).restore()
        let leftBehind = LeftBehind(context: context, step: index)
        if try await flips.route().authority == .target {
            let allowed = try await leftBehind.allowed()
            try await context.journal.update { $0.intendedFlip = "authority:source" }
            do {
                // Going back is tried for as long as it takes: nothing else would be safe.
                _ = try await flips.moveAuthority(
                    to: .source, writePauseMax: options.writePauseMax, attempts: .max,
                    maxRefused: allowed, isReadPast: isReadPast)
            } catch FlipError.refusedKeys(let count, let allowed) {
                try await noteAuthority(context, flips)
                throw try await leftBehind.stop(count, allowed: allowed)
            }
        }
        try await leftBehind.follow()
        try await flips.setWeight(0)
        try await noteAuthority(context, flips) { record in
            record.steps[index].notes["stage"] = nil
            // What a person left behind this time says nothing of the next.
            record.steps[index].notes[LeftBehind.note] = nil
        }
    }

    /// Who is told reads the follower for a while: the source until they are told of the target, or
    /// again before authority is back there.
    private func keepInStep(_ context: RunContext, _ flips: Flips) async throws {
        let route = try await flips.route()
        guard route.authority == .target, route.follower == .source else { return }
        if try await flips.followClosely(within: CutoverStep.patience) { return }
        await context.journal.note("source_behind", [:])
    }
}

extension RunContext {
    var maxRefused: Int {
        for step in plan.steps {
            if case .backfill(let options) = step.kind { return options.maxRefused }
        }
        return 0
    }
}

extension FlipText {
    static func of(_ error: FlipError) -> String {
        switch error {
        case .overtaken: "somebody else changed the route meanwhile; apply again"
        case .overBudget(let attempts, let left):
            "writes could not be drained within 'write_pause_max' in \(attempts) attempts: "
                + "\(left.dirty) keys to repair, \(left.intents) writes open"
        case .refusedKeys(let count, let allowed):
            "the target refuses \(count) records; 'max_refused' allows \(allowed)"
        case .impossible(let why): why
        }
    }
}
