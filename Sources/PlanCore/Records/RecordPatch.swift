/// A partial update of one record: what is not named stays as it is.
package struct RecordPatch: Hashable, Sendable {
    package var id: RecordID
    /// Whether the payload is emptied first, so that `set` is all that it holds then.
    package var clears: Bool
    /// Top-level fields to set; a value of JSON null is a value like any other.
    package var set: JSONObject
    /// Top-level fields to remove.
    package var remove: [String]
    package var vectors: [String: Vector]

    package init(
        id: RecordID, clears: Bool = false, set: JSONObject = [:], remove: [String] = [],
        vectors: [String: Vector] = [:]
    ) {
        self.id = id
        self.clears = clears
        self.set = set
        self.remove = remove
        self.vectors = vectors
    }

    /// The record as it is after the patch.
    package func applied(to record: Record) -> Record {
        var result = record
        if clears { result.payload = [:] }
        for field in remove { result.payload[field] = nil }
        result.payload.merge(set) { $1 }
        result.vectors.merge(vectors) { $1 }
        return result
    }
}

extension RecordPatch {
    /// One patch for each id, with the effect of all of them in turn; in the ids' order.
    package static func merged(_ patches: [RecordPatch]) -> [RecordPatch] {
        var merged: [RecordID: RecordPatch] = [:]
        for patch in patches {
            guard var earlier = merged[patch.id] else {
                merged[patch.id] = patch
                continue
            }
            if patch.clears {
                earlier.clears = true
                earlier.set = [:]
                earlier.remove = []
            }
            for field in patch.remove { earlier.set[field] = nil }
            earlier.remove += patch.remove
            earlier.set.merge(patch.set) { $1 }
            earlier.vectors.merge(patch.vectors) { $1 }
            merged[patch.id] = earlier
        }
        return merged.values.sorted { $0.id < $1.id }
    }
}
