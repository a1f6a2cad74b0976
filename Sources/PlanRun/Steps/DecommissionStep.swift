import Foundation
import PlanCore
import PlanSync

/// Ends the run: exports if asked, keeps, renames or drops the source, and cleans up after itself.
struct DecommissionStep: StepWork {
    let options: DecommissionOptions

    func perform(_ index: Int, _ context: RunContext) async throws {
        let flips = context.flips()
        guard try await flips.route().authority == .target else {
            throw StepFailure.stopped("the target is not the authority yet", hint: nil)
        }
        if options.source.needsApproval {
            try await Approvals.await(context.plan.steps[index].name, context)
        }
        try await DroppedFields(context: context).remove()
        try await flips.endFollowing()
        try await context.setNote(index, "no_return", "true")
        if let export = options.export { try await self.export(to: export, context) }
        let source = context.environment.source
        if try await source.describe() != nil {
            switch options.source {
            case .keep: break
            case .rename:
                try await source.rename(to: context.plan.source.collection + "_before_crossfade")
            case .drop: try await source.drop()
            }
        }
        try await releaseClaim(context)
    }

    private func releaseClaim(_ context: RunContext) async throws {
        let claim = RunClaim(
            run: context.ledger.id, plan: context.plan.name, host: "", state: context.folder)
        try await context.environment.target.release(claim)
    }

    /// One JSON object a line, id, vectors and payload; complete or not there at all.
    private func export(to folder: String, _ context: RunContext) async throws {
        let path = context.plan.path(folder)
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        let final = "\(path)/\(context.plan.source.collection).jsonl"
        guard !FileManager.default.fileExists(atPath: final) else { return }
        let draft = final + ".new"
        guard FileManager.default.createFile(atPath: draft, contents: nil),
            let file = FileHandle(forWritingAtPath: draft)
        else {
            throw StepFailure.stopped("cannot write '\(draft)'", hint: "see 'export' in the plan")
        }
        defer { try? file.close() }
        var cursor: RecordID?
        while true {
            let page = try await context.environment.source.scan(
                .all, after: cursor, limit: 500)
            let lines = page.map { EventText.line(ExportText.object($0)) + "\n" }.joined()
            try file.write(contentsOf: Data(lines.utf8))
            guard page.count == 500, let last = page.last else { break }
            cursor = last.id
        }
        try file.synchronize()
        try FileManager.default.moveItem(atPath: draft, toPath: final)
    }

    func undo(_ index: Int, _ context: RunContext) async throws {
        guard await context.notes(index)["no_return"] != nil else { return }
        throw StepFailure.stopped(
            "'decommission' has begun: the source no longer follows",
            hint: "make a plan in the other direction, from this target to a new store")
    }
}

enum ExportText {
    static func object(_ record: Record) -> JSONObject {
        var vectors: JSONObject = [:]
        for (name, vector) in record.vectors {
            switch vector {
            case .dense(let values): vectors[name] = .array(values.map { .double(Double($0)) })
            case .sparse(let indices, let values):
                vectors[name] = [
                    "indices": .array(indices.map { .int(Int64($0)) }),
                    "values": .array(values.map { .double(Double($0)) }),
                ]
            }
        }
        let id: JSONValue =
            switch record.id {
            case .int(let value): .int(value)
            default: .string(record.id.text)
            }
        return ["id": id, "vectors": .object(vectors), "payload": .object(record.payload)]
    }
}
