import JSON
import PlanCore

/// A field of a collection's schema whose values the REST API answers in a form of their own.
enum MilvusField: Hashable, Sendable {
    /// As JSON text.
    case json
    /// As the server's own message: `{"Data": {"StringData": {"data": ["a"]}}}`, an empty one
    /// without what it would hold (milvus-io/milvus#52048).
    case array

    init?(_ type: String) {
        switch type {
        case "JSON": self = .json
        case _ where type.hasPrefix("Array"): self = .array
        default: return nil
        }
    }

    /// What was meant; a value that comes as it is meant stays.
    func value(_ node: JSONNode) -> JSONValue {
        switch self {
        case .json: return node.string.flatMap { try? JSON.parse($0) } ?? node.value
        case .array:
            guard let typed = node["Data"] else { return node.value }
            return typed.fields.first?.value["data"]?.value ?? []
        }
    }
}
