import JSON
import PlanCore

/// A payload as Milvus's dynamic fields.
///
/// Milvus drops a null, and makes a double of every number. Where that would lose something the
/// field has a *twin* beside it, `NAME#json`, with the value as JSON text, and the twin counts.
/// Names that are fields of the schema, or that Milvus keeps for itself, have only a twin.
struct MilvusPayload: Hashable, Sendable {
    private static let suffix = "#json"
    let taken: Set<String>
    /// All the fields that there are, where there are no dynamic ones.
    private let fixed: Set<String>

    init(_ shape: MilvusShape) {
        fixed = shape.isDynamic ? [] : shape.fields
        taken = [shape.id, shape.vector, "distance", "id", "vector", "score"]
    }

    /// For the REST API.
    func write(_ payload: JSONObject, _ writer: inout JSONWriter) {
        for (field, value) in fields(payload) {
            writer.key(field)
            writer.write(MilvusPayload.spelled(value))
        }
    }

    /// What a record has besides its id and its vector.
    func fields(_ payload: JSONObject) -> [(name: String, value: JSONValue)] {
        var fields: [(name: String, value: JSONValue)] = []
        for (field, value) in payload.sortedByKey {
            let (own, twin) = places(of: field, value)
            if let own { fields.append((own, value)) }
            if let twin { fields.append((twin, .string(JSON.text(value)))) }
        }
        return fields
    }

    /// Why a collection with a schema of its own cannot hold it as it is; nil where it can.
    ///
    /// - Parameter isWhole: whether each field of the schema has to have a value.
    func misfit(_ payload: JSONObject, _ shape: MilvusShape, isWhole: Bool) -> String? {
        // A field that has a place there is held as the schema says: it needs no twin.
        if !shape.isDynamic,
            let field = payload.keys.sorted().first(where: {
                !shape.fields.contains($0) || !isNative($0)
            })
        {
            return "the collection has no dynamic fields and its schema no place for '\(field)'; "
                + "make it with dynamic fields on"
        }
        for (field, column) in shape.columns.sorted(by: { $0.key < $1.key }) {
            // What has a name that is taken has only a twin, and its field is empty.
            if !isNative(field) { continue }
            switch payload[field] {
            case nil, .null:
                if !isWhole { continue }
                return
                    "it has no value for the schema's field '\(field)'; give it one in the source, "
                    + "or make the collection without that field"
            // What a later server takes in a field of JSON it says itself.
            case .some(let value) where !column.holds(value) && (isWhole || column != .json):
                return
                    "its '\(field)' is no \(column.rawValue), as the schema has that field; mend it "
                    + "in the source, or convert it with mapping.types"
            default: continue
            }
        }
        return nil
    }

    /// The field's own name where it may have it, and its twin's where it needs one.
    private func places(of field: String, _ value: JSONValue) -> (own: String?, twin: String?) {
        let isPlain = isNative(field)
        // Held as the schema says; a null is what is not there.
        if isPlain, fixed.contains(field) {
            return (MilvusPayload.isNull(value) ? nil : field, nil)
        }
        let isSafe = MilvusPayload.isSafe(value)
        return (
            isPlain && (isSafe || MilvusPayload.isInteger(value)) ? field : nil,
            isPlain && isSafe ? nil : (isPlain ? "" : "~") + field + MilvusPayload.suffix
        )
    }

    func read(_ fields: [(key: String, value: JSONNode)], _ shape: MilvusShape) -> JSONObject {
        var payload: JSONObject = [:]
        var twins: JSONObject = [:]
        for (key, node) in fields where key != shape.id && key != shape.vector {
            if key.hasSuffix(MilvusPayload.suffix), let text = node.string,
                let value = try? JSON.parse(text)
            {
                let name = key.dropLast(MilvusPayload.suffix.count)
                twins[String(name.hasPrefix("~") ? name.dropFirst() : name)] = value
            } else {
                payload[key] = shape.declared[key]?.value(node) ?? node.value
            }
        }
        return payload.merging(twins) { $1 }
    }

    private func isNative(_ field: String) -> Bool {
        guard let first = field.first else { return false }
        return first != "$" && first != "~" && !taken.contains(field)
            && !field.hasSuffix(MilvusPayload.suffix)
    }

    /// An integer that is rounded still has its place in the order: filters see that.
    private static func isInteger(_ value: JSONValue) -> Bool {
        if case .int = value { true } else { false }
    }

    /// The REST API takes a number without a point for an integer: `1e-05` would become 0.
    private static func spelled(_ value: JSONValue) -> JSONValue {
        switch value {
        case .double(let number):
            let text = number.description
            guard number.isFinite, !text.contains("."), let mark = text.firstIndex(of: "e") else {
                return value
            }
            return .number(text[..<mark] + ".0" + text[mark...])
        case .array(let items): return .array(items.map(spelled))
        case .object(let fields): return .object(fields.mapValues(spelled))
        default: return value
        }
    }

    private static func isNull(_ value: JSONValue) -> Bool {
        if case .null = value { true } else { false }
    }

    /// Whether a value comes back equal. Integers from 2⁵³ on do not.
    private static func isSafe(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .number: false
        case .bool, .string, .double: true
        case .int(let number): number.magnitude < 1 << 53
        case .array(let items): value.depth <= 8 && items.allSatisfy(isSafeInside)
        case .object(let fields): value.depth <= 8 && fields.values.allSatisfy(isSafeInside)
        }
    }

    private static func isSafeInside(_ value: JSONValue) -> Bool {
        isNull(value) || isSafe(value)
    }
}
