import Foundation
import JSON
import PlanCore

/// A field of a collection's schema whose values the REST API answers in a form of their own.
enum MilvusField: Hashable, Sendable {
    /// As JSON text, in the first version as the base64 of it (2.3.5), which is no JSON text itself.
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
        case .json:
            guard let text = node.string else { return node.value }
            if let value = try? JSON.parse(text) { return value }
            let decoded = Data(base64Encoded: text).flatMap { String(bytes: $0, encoding: .utf8) }
            return decoded.flatMap { try? JSON.parse($0) } ?? node.value
        case .array:
            guard let typed = node["Data"] else { return node.value }
            return typed.fields.first?.value["data"]?.value ?? []
        }
    }
}
