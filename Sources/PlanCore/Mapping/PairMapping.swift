/// T and U of a plan's mapping, between two collections as their stores describe them.
package struct PairMapping: RecordMapping {
    private let rules: MappingRules
    private let fields: NameMap
    private let vectors: NameMap
    private let source: CollectionDescription
    private let target: CollectionDescription
    private let fidelity: [String: Fidelity]
    /// Name → UUID of version 5, 36 lowercase characters.
    private let uuid5: @Sendable (String) -> String
    private let idBytesMax: Int
    private let requiresEveryVector: Bool
    private let holdsAnyNumber: Bool

    package init(
        rules: MappingRules, source: CollectionDescription, target: CollectionDescription,
        sourceCapabilities: StoreCapabilities, targetCapabilities: StoreCapabilities,
        uuid5: @escaping @Sendable (String) -> String
    ) {
        self.rules = rules
        fields = rules.fieldNames
        vectors = rules.vectorNames
        self.source = source
        self.target = target
        self.uuid5 = uuid5
        idBytesMax = min(sourceCapabilities.idBytesLimit, targetCapabilities.idBytesLimit)
        requiresEveryVector =
            sourceCapabilities.requiresEveryVector || targetCapabilities.requiresEveryVector
        holdsAnyNumber = sourceCapabilities.holdsAnyNumber && targetCapabilities.holdsAnyNumber
        var fidelity: [String: Fidelity] = [:]
        for spec in source.vectors {
            let twin = target.vector(vectors.forward(spec.name))
            let normalizes =
                (sourceCapabilities.normalizesCosine && spec.distance == .cosine)
                || (targetCapabilities.normalizesCosine
                    && (twin?.distance ?? spec.distance) == .cosine)
            // Entries rounded to float16 change the direction by less than it allows.
            if normalizes {
                fidelity[spec.name] = .direction
            } else if spec.element == .float16 || twin?.element == .float16 {
                fidelity[spec.name] = .half
            }
        }
        self.fidelity = fidelity
    }

    package var keepsOrder: Bool {
        guard rules.id == .keep else { return false }
        switch (source.idKind, target.idKind) {
        // Integers come first there, then UUIDs: what the source cannot hold is no key of its.
        case (.int, .intOrUUID), (.uuid, .intOrUUID): return true
        case (let source, let target): return source == target
        }
    }

    package var isLossless: Bool {
        rules.id == .keep && rules.types.isEmpty && fidelity.isEmpty
    }

    package var isIdentity: Bool {
        rules.id == .keep && rules.fields.isEmpty && rules.vectors.isEmpty && rules.types.isEmpty
            && keepsOrder
    }

    package var keepsIDs: Bool { rules.id == .keep }

    package func id(of key: RecordID, on side: Side) -> RecordID? {
        guard let original = source.idKind.normalize(key) else { return nil }
        if side == .source { return original }
        switch rules.id {
        case .keep: return target.idKind.normalize(original)
        case .uuid5: return target.idKind.normalize(.uuid(uuid5(original.canonical)))
        }
    }

    package func key(of record: Record, on side: Side) -> RecordID? {
        if side == .source { return source.idKind.normalize(record.id) }
        switch rules.id {
        case .keep: return source.idKind.normalize(record.id)
        case .uuid5(let field):
            guard case .string(let text)? = record.payload[field] else { return nil }
            return RecordID(canonical: text)
        }
    }

    package func forward(_ record: Record) -> Record {
        var result = record
        result.id = id(of: record.id, on: .target) ?? record.id
        if !rules.vectors.isEmpty { result.vectors = forward(vectors: record.vectors) }
        if keepsPayload { return result }
        var payload = forward(fields: record.payload)
        if let originalField { payload[originalField] = .string(record.id.canonical) }
        result.payload = payload
        return result
    }

    package func reverse(_ record: Record, existing: Record?) -> Record {
        let key = key(of: record, on: .target) ?? existing?.id ?? record.id
        var result = Record(id: key, vectors: [:])
        for (name, vector) in record.vectors {
            let original = vectors.reverse(name)
            let kept = existing?.vectors[original]
            let agrees = kept.map { (fidelity[original] ?? .exact).agree($0, vector) } ?? false
            result.vectors[original] = agrees ? kept : vector
        }
        for (name, value) in record.payload where name != originalField {
            let original = fields.reverse(name)
            let kept = existing?.payload[original]
            let agrees = kept.map { cast($0, original).isJSONEqual(to: value) } ?? false
            result.payload[original] = agrees ? kept : value
        }
        return result
    }

    package func agrees(source record: Record, target held: Record) -> Bool {
        if let vector = record.onlyVector, let twin = held.onlyVector, rules.vectors.isEmpty {
            let fidelity = fidelity[Record.defaultVector] ?? .exact
            if !fidelity.agree(vector, twin) { return false }
        } else {
            guard record.vectors.count == held.vectors.count else { return false }
            for (name, vector) in record.vectors {
                guard let twin = held[vector: forward(vector: name)],
                    (fidelity[name] ?? .exact).agree(vector, twin)
                else { return false }
            }
        }
        if keepsPayload, let text = record.payloadText, let twin = held.payloadText,
            text.bytes == twin.bytes
        {
            return true
        }
        var wanted = forward(fields: record.payload)
        if let originalField { wanted[originalField] = .string(record.id.canonical) }
        return JSONValue.object(wanted).isJSONEqual(to: .object(held.payload))
    }

    package func refusal(of record: Record) -> String? {
        if case .string(let text) = record.id {
            if text.isEmpty { return "the id is empty" }
            if text.utf8.contains(0) { return "the id holds NUL" }
            if text.utf8.count > idBytesMax {
                return
                    "the id has \(text.utf8.count) bytes; at most \(idBytesMax) fit in both stores"
            }
        }
        for (name, vector) in record.vectors.sorted(by: { $0.key < $1.key }) {
            let label = name.isEmpty ? "the vector" : "the vector '\(name)'"
            guard let spec = source.vector(name) else {
                return "\(label) is none of the collection"
            }
            if vector.dense != nil, spec.dimension > 0, vector.count != spec.dimension {
                return "\(label) has \(vector.count) entries where \(spec.dimension) belong"
            }
            if !vector.isFinite { return "\(label) holds NaN or an infinity" }
        }
        for spec in source.vectors
        where requiresEveryVector && record.vectors[spec.name] == nil {
            return spec.name.isEmpty
                ? "the vector is missing" : "the vector '\(spec.name)' is missing"
        }
        if hasNUL(.object(record.payload)) { return "the payload holds NUL in a text" }
        if !holdsAnyNumber, let number = JSONValue.object(record.payload).unboundedNumber {
            return "the payload holds the number \(number), which would be rounded"
        }
        return JSONValue.object(record.payload).depth > 64
            ? "the payload nests deeper than 64" : nil
    }

    private func hasNUL(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text.utf8.contains(0)
        case .array(let items): items.contains(where: hasNUL)
        case .object(let fields): fields.contains { $0.key.utf8.contains(0) || hasNUL($0.value) }
        default: false
        }
    }

    private var keepsPayload: Bool {
        rules.fields.isEmpty && rules.types.isEmpty && rules.id == .keep
    }

    private var originalField: String? { rules.originalField }

    private func forward(vectors given: [String: Vector]) -> [String: Vector] {
        if rules.vectors.isEmpty { return given }
        var result: [String: Vector] = [:]
        for (name, vector) in given { result[forward(vector: name)] = vector }
        return result
    }

    func forward(fields given: JSONObject) -> JSONObject {
        if keepsPayload { return given }
        var result: JSONObject = [:]
        for (name, value) in given { result[fields.forward(name)] = cast(value, name) }
        return result
    }

    /// A type change that a value cannot follow leaves the value as it is.
    private func cast(_ value: JSONValue, _ field: String) -> JSONValue {
        switch (rules.types[field], value) {
        case (.int?, .string(let text)): Int64(text).map(JSONValue.int) ?? value
        case (.int?, .double(let number)): Int64(exactly: number).map(JSONValue.int) ?? value
        case (.float?, .int(let number)): .double(Double(number))
        case (.float?, .string(let text)): Double(text).map(JSONValue.double) ?? value
        case (.text?, .int(let number)): .string(String(number))
        case (.text?, .double(let number)): .string(number.description)
        case (.text?, .bool(let flag)): .string(flag ? "true" : "false")
        case (.bool?, .string("true")): .bool(true)
        case (.bool?, .string("false")): .bool(false)
        default: value
        }
    }
}

extension PairMapping {
    package func forward(_ patch: RecordPatch) -> RecordPatch {
        var set = forward(fields: patch.set)
        if patch.clears, let originalField { set[originalField] = .string(patch.id.canonical) }
        return RecordPatch(
            id: id(of: patch.id, on: .target) ?? patch.id, clears: patch.clears, set: set,
            remove: patch.remove.map { fields.forward($0) },
            vectors: forward(vectors: patch.vectors))
    }

    package func forward(vector name: String) -> String { vectors.forward(name) }

    package func forward(_ filter: Filter) -> Filter {
        func path(_ field: String) -> String { fields.forward(path: field) }
        switch filter {
        case .and(let parts): return .and(parts.map(forward))
        case .or(let parts): return .or(parts.map(forward))
        case .not(let part): return .not(forward(part))
        case .equal(let field, let value): return .equal(field: path(field), cast(value, field))
        case .notEqual(let field, let value):
            return .notEqual(field: path(field), cast(value, field))
        case .anyOf(let field, let values):
            return .anyOf(field: path(field), values.map { cast($0, field) })
        case .less(let field, let bound): return .less(field: path(field), bound)
        case .lessOrEqual(let field, let bound): return .lessOrEqual(field: path(field), bound)
        case .greater(let field, let bound): return .greater(field: path(field), bound)
        case .greaterOrEqual(let field, let bound):
            return .greaterOrEqual(field: path(field), bound)
        case .exists(let field): return .exists(field: path(field))
        case .contains(let field, let value): return .contains(field: path(field), value)
        case .holds(let field, let values):
            return .holds(field: path(field), values.map { cast($0, field) })
        case .hasID(let ids): return .hasID(ids.compactMap { id(of: $0, on: .target) })
        }
    }
}
