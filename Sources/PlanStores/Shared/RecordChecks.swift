import PlanCore

/// What no store is sent: checked before anything leaves, so that the refusal is definite and
/// names the records.
enum RecordChecks {
    /// nil where the record fits the collection.
    static func refusal(
        of record: Record, in description: CollectionDescription, _ limits: StoreCapabilities
    ) -> String? {
        if let reason = refusal(of: record.id, in: description, limits) { return reason }
        if let vector = record.onlyVector {
            let reason = refusal(of: vector, Record.defaultVector, in: description)
            if let reason { return reason }
        } else {
            for (name, vector) in record.vectors.sorted(by: { $0.key < $1.key }) {
                if let reason = refusal(of: vector, name, in: description) { return reason }
            }
        }
        // What was kept as its text holds no such number.
        if !limits.holdsAnyNumber, record.payloadText == nil,
            let number = JSONValue.object(record.payload).unboundedNumber
        {
            return "the payload holds the number \(number), which would be rounded"
        }
        for spec in description.vectors
        where limits.requiresEveryVector && record[vector: spec.name] == nil {
            return spec.name.isEmpty
                ? "the vector is missing" : "the vector '\(spec.name)' is missing"
        }
        return nil
    }

    private static func refusal(
        of vector: Vector, _ name: String, in description: CollectionDescription
    ) -> String? {
        var label: String { name.isEmpty ? "the vector" : "the vector '\(name)'" }
        guard let spec = description.vector(name) else {
            return "\(label) is none that the collection has"
        }
        if (vector.dense == nil) != spec.isSparse {
            let (held, wanted) = spec.isSparse ? ("dense", "sparse") : ("sparse", "dense")
            return "\(label) is \(held) where a \(wanted) one belongs"
        }
        if !spec.isSparse, vector.count != spec.dimension {
            return "\(label) has \(vector.count) entries where \(spec.dimension) belong"
        }
        return vector.isFinite ? nil : "\(label) holds NaN or an infinity"
    }

    static func refusal(
        of id: RecordID, in description: CollectionDescription, _ limits: StoreCapabilities
    ) -> String? {
        guard description.idKind.normalize(id) != nil else {
            return "the id '\(shown(id))' does not fit ids of kind \(description.idKind.rawValue)"
        }
        if case .string(let text) = id {
            if text.isEmpty { return "the id is empty" }
            if text.utf8.contains(0) { return "the id '\(shown(id))' holds NUL" }
            if text.utf8.count > limits.idBytesLimit {
                return "the id has \(text.utf8.count) bytes; at most \(limits.idBytesLimit) fit"
            }
        }
        return nil
    }

    private static func shown(_ id: RecordID) -> String { String(id.text.prefix(60)) }

    /// Throws one definite refusal for all that do not fit.
    static func check(
        _ records: [Record], in description: CollectionDescription, _ limits: StoreCapabilities,
        store: String, operation: String
    ) throws(StoreError) {
        var first: String?
        var ids: [RecordID] = []
        for record in records {
            guard let reason = refusal(of: record, in: description, limits) else { continue }
            first = first ?? reason
            ids.append(record.id)
        }
        guard let first else { return }
        let more = ids.count > 1 ? " (and \(ids.count - 1) more records)" : ""
        throw StoreError(
            store: store, operation: operation, kind: .refused, message: first + more,
            isDefinite: true, ids: ids)
    }
}
