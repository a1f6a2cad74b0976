import ChromaFormat
import JSON
import PlanCore

extension ChromaReader {
    /// One record's metadata: what it sets, and with null what it takes away.
    func read(
        _ body: RequestBody, into patch: inout RecordPatch, takesNull: Bool
    ) throws(GatewayError) {
        guard body.node.kind == .object else { throw body.wrong("an object") }
        for (name, value) in try body.entries() {
            try check(name, value)
            guard let found = try self.value(value, takesNull: takesNull) else {
                patch.remove.append(contentsOf: fields(name))
                patch.set[name] = nil
                continue
            }
            // What other stores hold that Chroma cannot comes to its clients in a twin, and back.
            if case .string(let text) = found, name.hasSuffix(ChromaMetadata.suffix),
                let meant = try? JSON.parse(text)
            {
                patch.set[ChromaMetadata.field(ofTwin: name)] = meant
            } else {
                patch.set[name] = found
            }
        }
    }

    private func fields(_ name: String) -> [String] {
        name.hasSuffix(ChromaMetadata.suffix)
            ? [name, ChromaMetadata.field(ofTwin: name)] : [name]
    }

    private func check(_ name: String, _ body: RequestBody) throws(GatewayError) {
        guard !name.isEmpty, !name.hasPrefix("#"), !name.hasPrefix("$") else {
            throw ChromaReply.invalid(
                "Validation error: metadatas: Invalid metadata at '\(body.path)'")
        }
        // Where it is null it stops the local server's log.
        guard !name.hasPrefix("chroma:") else {
            throw ChromaReply.invalid("'\(body.path)' is a key of Chroma's own")
        }
        guard name != metadata.documentField else {
            throw GatewayError(
                400, .refused, "'\(body.path)' has the name under which the plan keeps documents",
                hint: "name another field with 'document' in the plan")
        }
    }

    /// nil where it takes the field away.
    private func value(
        _ body: RequestBody, takesNull: Bool
    ) throws(GatewayError) -> JSONValue? {
        switch body.node.value {
        case .null where takesNull: return nil
        case .bool, .int, .double, .string: return body.node.value
        case .number: return .double(try body.number())
        case .array(let items): return try list(items, body)
        case .object(let fields) where fields["#type"] != nil:
            throw GatewayError(
                400, .refused, "'\(body.path)' would be lost: sparse vectors are not carried over")
        default: throw body.wrong("text, a number, a flag or a list of one of them")
        }
    }

    /// A list of one type; numbers become floats where one of them is. An empty one says nothing
    /// to Chroma.
    private func list(
        _ items: [JSONValue], _ body: RequestBody
    ) throws(GatewayError) -> JSONValue? {
        guard let first = items.first else { return nil }
        let isFloat = items.contains { if case .double = $0 { true } else { false } }
        var values: [JSONValue] = []
        for item in items {
            switch (first, item) {
            case (.bool, .bool), (.string, .string): values.append(item)
            case (.int, .int(let number)) where isFloat, (.double, .int(let number)):
                values.append(.double(Double(number)))
            case (.int, .int), (.int, .double), (.double, .double): values.append(item)
            default: throw body.wrong("a list of one type")
            }
        }
        return .array(values)
    }
}
