import PlanCore
import PlanSync

/// Removes from the target the fields that the plan drops: carried until the point of no return,
/// for a rollback would have needed them.
struct DroppedFields: Sendable {
    let context: RunContext

    /// Once nothing follows any more: nothing may put them back.
    func remove() async throws {
        let plan = context.plan
        let names = plan.mapping.fieldNames
        let fields = plan.mapping.drop.map { names.forward($0) }
        guard !fields.isEmpty else { return }
        let target = context.environment.target
        var cursor: RecordID?
        while true {
            let page = try await target.scan(
                .all, after: cursor, limit: 500, .withoutVectors)
            let patches = page.filter { record in fields.contains { record.payload[$0] != nil } }
                .map { RecordPatch(id: $0.id, remove: fields) }
            if !patches.isEmpty { _ = try await target.update(patches) }
            guard page.count == 500, let last = page.last else { return }
            cursor = last.id
        }
    }
}
