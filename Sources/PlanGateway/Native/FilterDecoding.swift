import JSON
import PlanCore

/// `{"and": […]}`, `{"eq": {"field": value}}`, … → `Filter`.
struct FilterDecoding {
    let ids: NativeDecoding

    func filter(_ node: JSONNode) throws -> Filter {
        guard node.kind == .object, node.fields.count == 1, let (word, body) = node.fields.first
        else {
            throw GatewayFault.badRequest(
                "a filter is an object with one operator",
                hint: "such as {\"eq\": {\"section\": \"libs\"}}; join several with \"and\"")
        }
        switch word {
        case "and": return .and(try parts(body, word))
        case "or": return .or(try parts(body, word))
        case "not": return .not(try filter(body))
        case "eq":
            let (field, value) = try pair(body, word)
            return .equal(field: field, value.value)
        case "ne":
            let (field, value) = try pair(body, word)
            return .notEqual(field: field, value.value)
        case "in":
            let (field, values) = try pair(body, word)
            guard values.kind == .array else {
                throw GatewayFault.badRequest("'in' takes an array of values")
            }
            return .anyOf(field: field, values.items.map(\.value))
        case "lt", "lte", "gt", "gte": return try comparison(word, body)
        case "exists":
            guard let field = body.string else {
                throw GatewayFault.badRequest("'exists' takes a field's name")
            }
            return .exists(field: field)
        case "contains":
            let (field, value) = try pair(body, word)
            return .contains(field: field, value.value)
        case "has_id":
            guard body.kind == .array else {
                throw GatewayFault.badRequest("'has_id' takes an array of ids")
            }
            return .hasID(try body.items.map(ids.id))
        default:
            let known = [
                "and", "or", "not", "eq", "ne", "in", "lt", "lte", "gt", "gte", "exists",
                "contains", "has_id",
            ]
            throw GatewayFault.badRequest(
                "unknown filter operator '\(word.prefix(40))'",
                hint: Suggestion.hint(for: word, among: known))
        }
    }

    private func parts(_ node: JSONNode, _ word: String) throws -> [Filter] {
        guard node.kind == .array else {
            throw GatewayFault.badRequest("'\(word)' takes an array of filters")
        }
        return try node.items.map(filter)
    }

    private func pair(_ node: JSONNode, _ word: String) throws -> (String, JSONNode) {
        guard node.kind == .object, node.fields.count == 1, let (field, value) = node.fields.first
        else {
            throw GatewayFault.badRequest("'\(word)' takes an object with one field")
        }
        return (field, value)
    }

    private func comparison(_ word: String, _ body: JSONNode) throws -> Filter {
        let (field, value) = try pair(body, word)
        let bound: Double
        switch value.value {
        case .int(let number): bound = Double(number)
        case .double(let number): bound = number
        default: throw GatewayFault.badRequest("'\(word)' takes a number")
        }
        switch word {
        case "lt": return .less(field: field, bound)
        case "lte": return .lessOrEqual(field: field, bound)
        case "gt": return .greater(field: field, bound)
        default: return .greaterOrEqual(field: field, bound)
        }
    }
}
