import JSON
import PlanCore
import QdrantFormat

/// A condition as Qdrant has it: `must`, `should`, `must_not`, and leaves.
indirect enum QdrantCondition: Hashable, Sendable {
    /// Empty: everything.
    case all([QdrantCondition])
    /// Empty: nothing.
    case any([QdrantCondition])
    case not(QdrantCondition)
    /// One field and what is asked of it: `match`, `range`, ….
    case field(path: String, test: String, JSONValue)
    case isEmpty(path: String)
    case isNull(path: String)
    case hasID([RecordID])

    static let everything = QdrantCondition.all([])
    static let nothing = QdrantCondition.any([])

    /// Constants folded, chains flattened.
    static func and(_ parts: [QdrantCondition]) -> QdrantCondition {
        var kept: [QdrantCondition] = []
        for part in parts {
            switch part {
            case .nothing: return .nothing
            case .all(let inner): kept += inner
            default: kept.append(part)
            }
        }
        return kept.count == 1 ? kept[0] : .all(kept)
    }

    static func or(_ parts: [QdrantCondition]) -> QdrantCondition {
        var kept: [QdrantCondition] = []
        for part in parts {
            switch part {
            case .everything: return .everything
            case .any(let inner): kept += inner
            default: kept.append(part)
            }
        }
        return kept.count == 1 ? kept[0] : .any(kept)
    }

    static func no(_ part: QdrantCondition) -> QdrantCondition {
        switch part {
        case .everything: .nothing
        case .nothing: .everything
        case .not(let inner): inner
        default: .not(part)
        }
    }

    /// As the value of `filter`; nil where it would hold nothing back.
    var filter: JSONValue? {
        switch self {
        case .everything: nil
        // An empty list of ids is what no point is in.
        case .nothing: ["must": [["has_id": []]]]
        case .all(let parts): ["must": .array(parts.map(\.json))]
        case .any(let parts): ["should": .array(parts.map(\.json))]
        case .not(let part): ["must_not": [part.json]]
        default: ["must": [json]]
        }
    }

    /// As one of a list of conditions.
    private var json: JSONValue {
        switch self {
        case .field(let path, let test, let value): ["key": .string(path), test: value]
        case .isEmpty(let path): ["is_empty": ["key": .string(path)]]
        case .isNull(let path): ["is_null": ["key": .string(path)]]
        case .hasID(let ids): ["has_id": .array(ids.map(QdrantPoint.json))]
        default: filter ?? [:]
        }
    }
}

extension [String: JSONValue] {
    /// With what holds back those that the condition does not.
    mutating func hold(_ condition: QdrantCondition) {
        if let filter = condition.filter { self["filter"] = filter }
    }
}
