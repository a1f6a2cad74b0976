import PlanCore
import PlanReport

/// What a person should know before `apply` begins: what it would delete, and what would be slow.
struct PreviewWarnings {
    typealias Warning = CollectionDescription.Advice

    /// Above this, what would be deleted is not counted.
    private static let countedMax = 200_000
    private static let page = 1_000

    let bench: Workbench
    let source: CollectionDescription
    let target: CollectionDescription?
    /// Records of the target.
    let held: Int
    let hasBegun: Bool

    func find() async throws -> [Warning] {
        var found = source.advice + (target?.advice ?? [])
        if let adopted = try await adopted() { found.append(adopted) }
        return found
    }

    private func adopted() async throws -> Warning? {
        let isCopied = bench.plan.steps.contains { $0.kind.word == .backfill }
        guard bench.plan.target.existing == .adopt, held > 0, !hasBegun, isCopied else {
            return nil
        }
        let hint = "keep them elsewhere first, or name another collection"
        guard held <= PreviewWarnings.countedMax else {
            return Warning(
                message: "the target holds \(Shown.count(Int64(held))) records, and "
                    + "'existing: adopt' deletes those that the source does not hold", hint: hint)
        }
        let extra = try await extras()
        guard extra > 0 else { return nil }
        return Warning(
            message: "\(Shown.count(Int64(extra))) of the target's \(Shown.count(Int64(held))) "
                + "records are not in the source: 'existing: adopt' deletes them", hint: hint)
    }

    private func extras() async throws -> Int {
        let mapping = try await bench.mapping()
        var cursor: RecordID?
        var count = 0
        while true {
            let page = try await bench.target.scan(
                .all, after: cursor, limit: PreviewWarnings.page, .withoutVectors)
            let keys = page.compactMap { mapping.key(of: $0, on: .target) }
            count += keys.count - (try await bench.source.get(keys, .idsOnly).count)
            guard page.count == PreviewWarnings.page, let last = page.last else { return count }
            cursor = last.id
        }
    }
}
