/// What each pair of stores carries, as a table for the documentation. Made from what the stores
/// declare: a test holds the page to it.
package struct PairTable {
    private let capabilities: [StoreKind: StoreCapabilities]

    package init(_ capabilities: [StoreKind: StoreCapabilities]) {
        self.capabilities = capabilities
    }

    package var markdown: String {
        var lines = [
            "| from | to | ids | cosine vectors | other metrics | vectors a record | payload "
                + "| payload indexes |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for source in StoreKind.built {
            for target in StoreKind.built {
                guard let from = capabilities[source], let to = capabilities[target] else {
                    continue
                }
                let cells = [
                    source.rawValue, target.rawValue, ids(source, target, to), cosine(from, to),
                    metrics(from, to), vectors(from, to), payload(from, to),
                    indexes(source, target),
                ]
                lines.append("| " + cells.joined(separator: " | ") + " |")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func ids(
        _ source: StoreKind, _ target: StoreKind, _ to: StoreCapabilities
    ) -> String {
        let mapped = source.idKinds.filter {
            !target.idKinds.contains($0) || to.refusedIDKinds.contains($0)
        }
        if mapped.isEmpty { return "exact" }
        return mapped.map(\.rawValue).joined(separator: ", ") + " by `uuid5`"
    }

    private func cosine(_ from: StoreCapabilities, _ to: StoreCapabilities) -> String {
        from.normalizesCosine || to.normalizesCosine ? "direction, 1e-6" : "exact"
    }

    private func metrics(_ from: StoreCapabilities, _ to: StoreCapabilities) -> String {
        let refused = from.distances.subtracting(to.distances).map(\.rawValue).sorted()
        return refused.isEmpty ? "exact" : refused.joined(separator: ", ") + " refused"
    }

    private func vectors(_ from: StoreCapabilities, _ to: StoreCapabilities) -> String {
        var refused: [String] = []
        if from.supportsNamedVectors, !to.supportsNamedVectors { refused.append("several") }
        if from.supportsSparseVectors, !to.supportsSparseVectors { refused.append("sparse") }
        if !from.requiresEveryVector, to.requiresEveryVector { refused.append("none") }
        return refused.isEmpty ? "exact" : refused.joined(separator: ", ") + " refused"
    }

    private func payload(_ from: StoreCapabilities, _ to: StoreCapabilities) -> String {
        var notes: [String] = []
        if from.holdsNestedPayload, !to.holdsNestedPayload {
            notes.append("nested as text (`nested`)")
        }
        if from.holdsAnyNumber, !to.holdsAnyNumber {
            notes.append("numbers beyond 64 bits refused")
        }
        return notes.isEmpty ? "exact" : notes.joined(separator: "; ")
    }

    private func indexes(_ source: StoreKind, _ target: StoreKind) -> String {
        guard source.holdsPayloadIndexes else { return "–" }
        return target.holdsPayloadIndexes ? "made anew" : "not made"
    }
}
