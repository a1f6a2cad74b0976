import PlanCore
import PlanSync

/// Waits for a person. An approval is for this plan's text and no other.
struct ApprovalStep: StepWork {
    func perform(_ index: Int, _ context: RunContext) async throws {
        try await Approvals.await(context.plan.steps[index].name, context)
    }

    func undo(_ index: Int, _ context: RunContext) async throws {
        let name = context.plan.steps[index].name
        try await context.journal.update { $0.approvals.removeAll { $0.step == name } }
    }
}

enum Approvals {
    static func await(_ name: String, _ context: RunContext) async throws {
        while true {
            let approvals = await context.journal.record.approvals
            if approvals.contains(where: { $0.step == name && $0.digest == context.digest }) {
                return
            }
            guard context.waitsForPeople else {
                throw StepFailure.needsPerson("'\(name)' waits for approval")
            }
            try await context.time.sleep(for: .milliseconds(100))
        }
    }
}
