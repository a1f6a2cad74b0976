import JSON
import PlanCore

extension QdrantReader {
    private static let clauses = ["must", "should", "must_not", "min_should"]

    /// nil where it holds nothing back.
    func filter(_ body: RequestBody?) throws(GatewayError) -> Filter? {
        guard let body else { return nil }
        let filter = try clauses(body)
        return filter == .and([]) ? nil : filter
    }

    /// `{"must": […], "should": […], "must_not": […]}`. A clause without conditions says nothing.
    private func clauses(_ body: RequestBody) throws(GatewayError) -> Filter {
        try body.fields(QdrantReader.clauses)
        var parts: [Filter] = []
        if let must = body.optional("must") { parts += try conditions(must) }
        if let should = body.optional("should") {
            let choices = try conditions(should)
            if choices.count == 1 { parts += choices }
            if choices.count > 1 { parts.append(.or(choices)) }
        }
        if let mustNot = body.optional("must_not") {
            parts += try conditions(mustNot).map { .not($0) }
        }
        if let least = body.optional("min_should") { parts += try atLeast(least) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private func atLeast(_ body: RequestBody) throws(GatewayError) -> [Filter] {
        let choices = try conditions(try body.required("conditions"))
        let count = try body.required("min_count").int(0...Int(Int32.max))
        switch count {
        case 0: return []
        case 1: return [.or(choices)]
        case choices.count: return choices
        case let count where count > choices.count: return [.or([])]
        default: throw GatewayError.untranslatable(body.path)
        }
    }

    private func conditions(_ body: RequestBody) throws(GatewayError) -> [Filter] {
        guard body.node.kind == .array else { return [try condition(body)] }
        var found: [Filter] = []
        for item in try body.items() { found.append(try condition(item)) }
        return found
    }

    private func condition(_ body: RequestBody) throws(GatewayError) -> Filter {
        if QdrantReader.clauses.contains(where: { body.node[$0] != nil }) {
            return try clauses(body)
        }
        if let ids = body.field("has_id") { return .hasID(try self.ids(ids)) }
        if let empty = body.field("is_empty"), empty.node.kind == .object {
            return isEmpty(try field(empty))
        }
        if let null = body.field("is_null"), null.node.kind == .object {
            return .holds(field: try field(null), [.null])
        }
        guard body.node["key"] != nil else {
            guard let other = try body.entries().first else {
                throw .invalid("'\(body.path)' is an empty condition")
            }
            throw GatewayError.untranslatable(other.value.path)
        }
        return try test(body)
    }

    private func field(_ body: RequestBody) throws(GatewayError) -> String {
        try path(try body.required("key")).joined(separator: ".")
    }

    private func isEmpty(_ field: String) -> Filter {
        .or([
            .not(.exists(field: field)), .equal(field: field, .null),
            .equal(field: field, .array([])),
        ])
    }

    /// `{"key": …, "match": …}` and its like: each test that is given must hold.
    private func test(_ body: RequestBody) throws(GatewayError) -> Filter {
        try body.fields(["key", "match", "range", "is_empty", "is_null"])
        let field = try field(body)
        var parts: [Filter] = []
        if let match = body.optional("match") { parts.append(try self.match(match, field)) }
        if let range = body.optional("range") { parts += try self.range(range, field) }
        if let flag = body.optional("is_empty") {
            parts.append(try flag.bool() ? isEmpty(field) : .not(isEmpty(field)))
        }
        if let flag = body.optional("is_null") {
            let isNull = Filter.holds(field: field, [.null])
            parts.append(try flag.bool() ? isNull : .not(isNull))
        }
        guard !parts.isEmpty else { throw .invalid("'\(body.path)' asks nothing of its key") }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private func match(_ body: RequestBody, _ field: String) throws(GatewayError) -> Filter {
        try body.fields(["value", "any"])
        if let value = body.optional("value") {
            return .holds(field: field, [try matched(value)])
        }
        var values: [JSONValue] = []
        for item in try body.required("any").items() { values.append(try matched(item)) }
        return .holds(field: field, values)
    }

    /// A text, an integer or a truth value.
    private func matched(_ body: RequestBody) throws(GatewayError) -> JSONValue {
        if let text = body.node.string { return .string(text) }
        if let flag = body.node.bool { return .bool(flag) }
        if let number = body.node.int { return .int(Int64(number)) }
        throw body.wrong("a string, an integer or a boolean")
    }

    private func range(_ body: RequestBody, _ field: String) throws(GatewayError) -> [Filter] {
        try body.fields(["lt", "lte", "gt", "gte"])
        var parts: [Filter] = []
        for (word, value) in try body.entries() where value.node.kind != .null {
            // Dates are texts to every store but Qdrant.
            if value.node.kind == .string { throw GatewayError.untranslatable(value.path) }
            let bound = try value.number()
            switch word {
            case "lt": parts.append(.less(field: field, bound))
            case "lte": parts.append(.lessOrEqual(field: field, bound))
            case "gt": parts.append(.greater(field: field, bound))
            default: parts.append(.greaterOrEqual(field: field, bound))
            }
        }
        return parts
    }
}
