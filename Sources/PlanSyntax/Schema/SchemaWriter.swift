import PlanCore

/// Shapes → schemas. Named shapes are written once, under `$defs`.
struct SchemaWriter {
    private(set) var definitions: JSONObject = [:]

    mutating func schema(of shape: Shape) -> JSONValue {
        switch shape {
        case .text(let rule):
            return ["type": "string", "pattern": .string(rule.pattern)]
        case .scalar: return ["type": ["string", "number", "boolean"]]
        case .integer(let range):
            return [
                "type": "integer", "minimum": .int(Int64(range.lowerBound)),
                "maximum": .int(Int64(range.upperBound)),
            ]
        case .percent(let range): return share(range, scale: 100)
        case .fraction(let range): return share(range, scale: 1)
        case .duration(let minimum):
            let text: JSONValue = ["type": "string", "pattern": .string(Quantity.durationPattern)]
            return minimum == .zero ? ["anyOf": [text, ["const": 0]]] : text
        case .rate: return ["type": "string", "pattern": .string(Quantity.ratePattern)]
        case .flag: return ["type": "boolean"]
        case .choice(let words): return ["enum": .array(words.map(JSONValue.string))]
        case .reference:
            return ["type": "string", "pattern": .string(SchemaPatterns.reference)]
        case .secret: return ["type": "string", "pattern": .string(SchemaPatterns.secret)]
        case .shortGuard:
            return ["type": "string", "pattern": .string(SchemaPatterns.shortGuard)]
        case .condition: return ["type": "string", "pattern": .string(SchemaPatterns.condition)]
        case .list, .map, .object, .forms, .variants, .step, .named: return compound(shape)
        }
    }

    private mutating func compound(_ shape: Shape) -> JSONValue {
        switch shape {
        case .list(let item, let minimum):
            var result: JSONObject = [
                "items": schema(of: item), "maxItems": .int(Int64(Shape.itemsMax)),
            ]
            result["type"] = minimum == 0 ? ["array", "null"] : "array"
            if minimum > 0 { result["minItems"] = .int(Int64(minimum)) }
            return .object(result)
        case .map(let item):
            return ["type": ["object", "null"], "additionalProperties": schema(of: item)]
        case .object(let object): return self.object(object)
        case .forms(let scalar, let list, let mapping):
            return [
                "anyOf": .array([scalar, list, mapping].compactMap(\.self).map { schema(of: $0) })
            ]
        case .variants(let key, let variants): return self.variants(key, variants)
        case .step: return define("step") { $0.step() }
        case .named(let name, let inner): return define(name) { $0.schema(of: inner) }
        default: return .bool(true)
        }
    }

    private mutating func define(
        _ name: String, _ make: (inout SchemaWriter) -> JSONValue
    ) -> JSONValue {
        if definitions[name] == nil {
            definitions[name] = .bool(true)
            definitions[name] = make(&self)
        }
        return ["$ref": .string("#/$defs/\(name)")]
    }

    private mutating func object(_ shape: ObjectShape) -> JSONValue {
        var properties: JSONObject = [:]
        for field in shape.fields {
            guard case .object(var value) = schema(of: field.shape) else { continue }
            if !field.note.isEmpty { value["description"] = .string(field.note) }
            properties[field.key] = .object(value)
        }
        var result: JSONObject = [
            "properties": .object(properties), "additionalProperties": false,
        ]
        let required = shape.fields.filter(\.isRequired).map { JSONValue.string($0.key) }
        if !required.isEmpty { result["required"] = .array(required) }
        if !shape.exactlyOne.isEmpty { result["oneOf"] = presence(shape.exactlyOne) }
        if !shape.atLeastOne.isEmpty { result["anyOf"] = presence(shape.atLeastOne) }
        let mayBeEmpty = required.isEmpty && shape.exactlyOne.isEmpty && shape.atLeastOne.isEmpty
        result["type"] = mayBeEmpty ? ["object", "null"] : "object"
        return .object(result)
    }

    private func presence(_ keys: [String]) -> JSONValue {
        .array(keys.map { ["required": [.string($0)]] })
    }

    /// Only the stores that this build can open.
    private mutating func variants(_ key: String, _ variants: [Shape.Variant]) -> JSONValue {
        var branches: [JSONValue] = []
        for variant in variants where StoreKind(rawValue: variant.value)?.isBuilt != false {
            var shape = variant.shape
            shape.fields.insert(
                FieldShape(key, .choice([variant.value]), required: true, "The kind of store."),
                at: 0)
            branches.append(object(shape))
        }
        return ["oneOf": .array(branches)]
    }

    private mutating func step() -> JSONValue {
        let bare = StepWord.spellings.filter { spelling in
            StepWord(text: spelling).map { !StepShapes.needsOptions($0) } ?? false
        }
        var branches: [JSONValue] = [["enum": .array(bare.map(JSONValue.string))]]
        for spelling in StepWord.spellings {
            guard let word = StepWord(text: spelling) else { continue }
            let own = FieldShape(
                spelling, .named("step_\(word.rawValue)", .object(StepShapes.options(word))),
                required: true, "")
            branches.append(
                object(ObjectShape(name: spelling, fields: [own] + StepShapes.common)))
        }
        return ["anyOf": .array(branches)]
    }

    private func share(_ range: ClosedRange<Double>, scale: Double) -> JSONValue {
        let number: JSONValue = [
            "type": "number", "minimum": .double(range.lowerBound * scale),
            "maximum": .double(range.upperBound * scale),
        ]
        return [
            "anyOf": [number, ["type": "string", "pattern": .string(Quantity.percentPattern)]]
        ]
    }
}
