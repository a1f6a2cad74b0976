import ChromaFormat
import JSON
import PlanCore

extension ChromaReader {
    /// `where` and `where_document`; nil where both hold nothing back.
    func filter(_ body: RequestBody) throws(GatewayError) -> Filter? {
        var tests: [Filter] = []
        if let given = body.optional("where") { tests.append(try clause(given)) }
        if let given = body.optional("where_document") { tests.append(try document(given)) }
        return tests.count > 1 ? .and(tests) : tests.first
    }

    private static let wrong = ChromaReply.invalid("Invalid where clause")
    private static let wrongOfDocument = ChromaReply.invalid("Invalid where document clause")
    /// Chroma's name for the document among the fields.
    private static let documentKey = "#document"

    /// An object's only field.
    private func only(
        _ body: RequestBody, or error: GatewayError
    ) throws(GatewayError) -> (name: String, value: RequestBody) {
        guard body.node.kind == .object, let entry = try body.entries().first,
            body.node.count == 1
        else { throw error }
        return entry
    }

    private func clauses(
        _ body: RequestBody, or error: GatewayError,
        _ one: (RequestBody) throws(GatewayError) -> Filter
    ) throws(GatewayError) -> [Filter] {
        guard body.node.kind == .array else { throw error }
        var found: [Filter] = []
        for item in try body.items() { found.append(try one(item)) }
        return found
    }

    private func clause(_ body: RequestBody) throws(GatewayError) -> Filter {
        let (name, value) = try only(body, or: ChromaReader.wrong)
        switch name {
        case "$and":
            return .and(
                try clauses(value, or: ChromaReader.wrong) { item throws(GatewayError) in
                    try clause(item)
                })
        case "$or":
            return .or(
                try clauses(value, or: ChromaReader.wrong) { item throws(GatewayError) in
                    try clause(item)
                })
        case ChromaReader.documentKey: return try text(value, or: ChromaReader.wrong)
        default:
            guard !name.hasPrefix("$") else { throw ChromaReader.wrong }
            return try test(name, value)
        }
    }

    /// What is not equal to a value, or in no list, may as well not be there: as in Chroma.
    private func test(_ field: String, _ body: RequestBody) throws(GatewayError) -> Filter {
        guard body.node.kind == .object else { return .equal(field: field, try scalar(body)) }
        let (word, value) = try only(body, or: ChromaReader.wrong)
        switch word {
        case "$eq": return .equal(field: field, try scalar(value))
        case "$ne": return .not(.equal(field: field, try scalar(value)))
        case "$gt": return .greater(field: field, try bound(value))
        case "$gte": return .greaterOrEqual(field: field, try bound(value))
        case "$lt": return .less(field: field, try bound(value))
        case "$lte": return .lessOrEqual(field: field, try bound(value))
        case "$in": return .anyOf(field: field, try list(value))
        case "$nin": return .not(.anyOf(field: field, try list(value)))
        case "$contains": return holds(field, try scalar(value))
        case "$not_contains": return .not(holds(field, try scalar(value)))
        default: throw ChromaReader.wrong
        }
    }

    /// A list that has the value; not the value itself.
    private func holds(_ field: String, _ value: JSONValue) -> Filter {
        .and([.holds(field: field, [value]), .not(.equal(field: field, value))])
    }

    private func scalar(_ body: RequestBody) throws(GatewayError) -> JSONValue {
        switch body.node.value {
        case .null, .array, .object, .number: throw ChromaReader.wrong
        case let value: return value
        }
    }

    private func bound(_ body: RequestBody) throws(GatewayError) -> Double {
        guard let number = body.node.double else { throw ChromaReader.wrong }
        return number
    }

    /// Values of one type, at least one.
    private func list(_ body: RequestBody) throws(GatewayError) -> [JSONValue] {
        guard body.node.kind == .array else { throw ChromaReader.wrong }
        var values: [JSONValue] = []
        for item in try body.items() { values.append(try scalar(item)) }
        let isOfOneType = values.dropFirst().allSatisfy { value in
            switch (values[0], value) {
            case (.bool, .bool), (.int, .int), (.double, .double), (.string, .string): true
            default: false
            }
        }
        guard !values.isEmpty, isOfOneType else { throw ChromaReader.wrong }
        return values
    }

    /// `where_document`.
    private func document(_ body: RequestBody) throws(GatewayError) -> Filter {
        let (name, value) = try only(body, or: ChromaReader.wrongOfDocument)
        switch name {
        case "$and", "$or":
            let parts = try clauses(value, or: ChromaReader.wrongOfDocument) {
                item throws(GatewayError) in
                try document(item)
            }
            return name == "$and" ? .and(parts) : .or(parts)
        default: return try text(body, or: ChromaReader.wrongOfDocument)
        }
    }

    /// A test of the document's text.
    private func text(
        _ body: RequestBody, or error: GatewayError
    ) throws(GatewayError) -> Filter {
        let (word, value) = try only(body, or: error)
        guard ["$contains", "$not_contains", "$regex", "$not_regex"].contains(word),
            let text = value.node.string
        else { throw error }
        if word.hasSuffix("regex") { throw GatewayError.untranslatable(value.path) }
        let field = metadata.documentField
        // The empty text is in every document, but a record may have none.
        let test: Filter =
            text.isEmpty ? .exists(field: field) : .contains(field: field, .string(text))
        return word == "$contains" ? test : .not(test)
    }
}
