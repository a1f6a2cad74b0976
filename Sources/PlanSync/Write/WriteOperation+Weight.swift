import PlanCore

extension WriteOperation {
    /// About how many bytes it holds while it is under way: entries of vectors, texts, and a little
    /// for each value.
    var weight: Int {
        switch self {
        case .upsert(let records):
            records.reduce(0) { sum, record in
                let payload = record.payloadText?.bytes.count ?? record.payload.weight
                let vectors = record.onlyVector?.weight ?? record.vectors.weight
                return sum + 64 + payload + vectors
            }
        case .update(let patches):
            patches.reduce(0) { $0 + 64 + $1.set.weight + $1.vectors.weight }
        case .delete(let ids): ids.count * 32
        case .forwarded(let request, let keys): request.body.count + keys.count * 32
        }
    }
}

extension Vector {
    fileprivate var weight: Int {
        switch self {
        case .dense(let values): values.count * 4
        case .sparse(_, let values): values.count * 8
        }
    }
}

extension [String: Vector] {
    fileprivate var weight: Int { values.reduce(0) { $0 + $1.weight } }
}

extension JSONObject {
    fileprivate var weight: Int {
        reduce(0) { $0 + 32 + $1.key.utf8.count + $1.value.weight }
    }
}

extension JSONValue {
    fileprivate var weight: Int {
        switch self {
        case .null, .bool, .int, .double: 0
        case .number(let text), .string(let text): text.utf8.count
        case .array(let items): items.reduce(0) { $0 + 32 + $1.weight }
        case .object(let fields): fields.weight
        }
    }
}
