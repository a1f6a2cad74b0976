import PlanCore

/// The steps of a first plan, as careful as the collection is large.
struct InitSteps {
    let text: InitText

    private static let large = 100_000
    private var isLarge: Bool { (text.facts?.count ?? 0) >= InitSteps.large }

    var lines: [String] {
        let pause = isLarge ? "10m" : "1m"
        let distance = text.facts?.description.vectors.first?.distance ?? .cosine
        var lines = [
            "  - create_target: {distance: \(distance.rawValue)}",
            "  - dual_write                          # from here on writes go to both", backfill,
        ]
        lines += index
        lines += [
            "  - verify: {mode: full, repair: true}",
            "    guards: [missing == 0, extra == 0, mismatched == 0, bypassed_writes == 0]",
            "  # Reads are asked of both, and the answers compared.",
            "  - mirror: {percent: 100, compare: {k: 10, min_overlap: 0.9}, "
                + "duration: \(isLarge ? "30m" : "5m")}",
            "    guards: [discrepancy_rate < 1%]",
            "  - approval: {}", "    name: go-live",
            "  # Reads move by share, then writes; 'plan rollback' goes back, and loses none.",
            "  - cutover:",
            "      steps: [{set_weight: 5}, {pause: {duration: \(pause)}}, {set_weight: 50}, "
                + "{pause: {duration: \(pause)}}, {set_weight: 100}]",
        ]
        if [text.source, text.target].contains(where: { $0.kind == .milvus }) {
            lines.append(
                "      write_pause_max: 12s              # a partial update takes staleness_bound")
        }
        lines += [
            "    guards: [read_error_rate.target < 0.1%]",
            "  - soak: {duration: \(isLarge ? "24h" : "1h")}", "    guards: [repair_backlog < 100]",
            "  # The point of no return: the source follows no longer.",
            "  # - decommission: {source: keep}",
        ]
        return lines
    }

    private var backfill: String {
        // Chroma takes writes in turn.
        text.target.kind == .chroma
            ? "  - backfill: {workers: 1, batch_size: 500}"
            : "  - backfill: {workers: 4, batch_size: 500}"
    }

    private var index: [String] {
        guard [.qdrant, .pgvector].contains(text.target.kind) else { return [] }
        let settings = "kind: hnsw, m: 16, ef_construction: 128"
        guard let all = text.facts?.description.vectors.filter({ !$0.isSparse }) else {
            return ["  - create_index: {\(settings)}"]
        }
        return all.enumerated().flatMap { place, vector -> [String] in
            if text.target.kind == .pgvector, vector.dimension > 2_000 {
                return ["  # No index: pgvector's take vectors of at most 2,000 entries."]
            }
            let which = vector.name.isEmpty ? "" : "vector: \(InitText.quoted(vector.name)), "
            let name = all.count > 1 ? ["    name: index-\(place + 1)"] : []
            return ["  - create_index: {\(which)\(settings)}"] + name
        }
    }
}
