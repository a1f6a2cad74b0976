import PlanCore
import PlanSync

/// What people asked for, as the ledger has it; whoever holds the run obeys.
struct RequestInbox: Sendable {
    let context: RunContext

    /// Obeys for ever; throws where a request ends the step.
    func watch() async throws {
        while true {
            try await obey()
            try await SharedRate(ledger: context.ledger).publish(context.rate)
            try await context.time.sleep(for: .milliseconds(250))
        }
    }

    func obey() async throws {
        for request in try await context.ledger.read({ try $0.requests() }) {
            let end = try await obey(request)
            _ = try await context.ledger.write(.durable) { try $0.deleteRequest(request.id) }
            await context.journal.note(
                "request",
                [
                    "kind": .string(request.kind), "argument": .string(request.argument),
                    "user": .string(request.user),
                ])
            if let end { throw end }
        }
    }

    private func obey(_ request: PersonRequest) async throws -> StepFailure? {
        switch request.kind {
        case "approve":
            let approval = RunRecord.Approval(
                step: request.argument, user: request.user, time: request.time,
                digest: context.digest)
            try await context.journal.update { record in
                record.approvals.removeAll { $0.step == approval.step }
                record.approvals.append(approval)
            }
            return nil
        case "pause": return .paused(by: request.user)
        case "throttle":
            let rate = Double(request.argument)
            context.rate.set(perSecond: rate.flatMap { $0 > 0 ? $0 : nil })
            return nil
        case "rollback":
            let point = point(request.argument)
            if await isUnderWay(point) { return nil }
            return .rollbackRequested(point, by: request.user)
        default: return nil
        }
    }

    /// What is being undone goes on as it is, unless somebody wants to go further back.
    private func isUnderWay(_ point: RollbackPoint) async -> Bool {
        guard case .back(let stop) = await context.journal.record.machine.direction else {
            return false
        }
        return point.firstUndone(of: context.plan).map { $0 >= stop } ?? true
    }

    private func point(_ text: String) -> RollbackPoint {
        RollbackPoint.parse(text, context.plan)
    }
}

extension RollbackPoint {
    /// `stable`, `single_writes`, or a step's name.
    package static func parse(_ text: String, _ plan: Plan) -> RollbackPoint {
        if let index = plan.steps.firstIndex(where: { $0.name == text }) { return .step(index) }
        return text == "single_writes" ? .singleWrites : .stable
    }

    package func text(_ plan: Plan) -> String {
        switch self {
        case .stable: "stable"
        case .singleWrites: "single_writes"
        case .step(let index): plan.steps[index].name
        }
    }
}
