import JSON
import PlanCore

extension RequestBody {
    private static let words = [
        "and", "or", "not", "eq", "ne", "in", "lt", "lte", "gt", "gte", "exists", "contains",
        "has_id",
    ]

    /// `{"eq": {"colour": "red"}}`: one condition, under one word.
    func filter(_ kind: CollectionDescription.IDKind) throws(GatewayError) -> Filter {
        let entries = try entries()
        guard let (word, operand) = entries.first, entries.count == 1 else {
            throw .invalid(
                "'\(path)' is not one condition",
                hint: "write {\"and\": [ … ]} around several")
        }
        switch word {
        case "and": return .and(try operand.filters(kind))
        case "or": return .or(try operand.filters(kind))
        case "not": return .not(try operand.filter(kind))
        case "exists": return .exists(field: try operand.fieldName())
        case "has_id": return .hasID(try operand.ids(kind))
        case "eq":
            let (field, value) = try operand.comparison()
            return .equal(field: field, value.node.value)
        case "ne":
            let (field, value) = try operand.comparison()
            return .notEqual(field: field, value.node.value)
        case "contains":
            let (field, value) = try operand.comparison()
            return .contains(field: field, value.node.value)
        case "in":
            let (field, value) = try operand.comparison()
            return .anyOf(field: field, try value.items().map(\.node.value))
        case "lt", "lte", "gt", "gte": return try operand.bound(word)
        default:
            throw .invalid(
                "'\(operand.path)' is no condition",
                hint: Suggestion.hint(for: String(word.prefix(60)), among: RequestBody.words))
        }
    }

    private func filters(_ kind: CollectionDescription.IDKind) throws(GatewayError) -> [Filter] {
        var filters: [Filter] = []
        for item in try items() { filters.append(try item.filter(kind)) }
        return filters
    }

    private func bound(_ word: String) throws(GatewayError) -> Filter {
        let (field, value) = try comparison()
        let bound = try value.number()
        switch word {
        case "lt": return .less(field: field, bound)
        case "lte": return .lessOrEqual(field: field, bound)
        case "gt": return .greater(field: field, bound)
        default: return .greaterOrEqual(field: field, bound)
        }
    }

    /// `{"field": value}`
    private func comparison() throws(GatewayError) -> (field: String, value: RequestBody) {
        let entries = try entries()
        guard let (field, value) = entries.first, entries.count == 1, !field.isEmpty else {
            throw .invalid("'\(path)' is not one field and its value")
        }
        return (field, value)
    }

    private func fieldName() throws(GatewayError) -> String {
        let name = try string()
        guard !name.isEmpty else { throw wrong("a field's name") }
        return name
    }
}
