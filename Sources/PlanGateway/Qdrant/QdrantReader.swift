import JSON
import PlanCore

/// Reads the bodies of Qdrant's requests, as far as all stores can answer them: what cannot be
/// translated is refused by its name, and nothing that is known to matter is passed over.
struct QdrantReader {
    let idKind: CollectionDescription.IDKind
    /// Whether writes may stay in Qdrant's words: both stores are Qdrant's.
    var forwardsWrites = false

    func id(_ body: RequestBody) throws(GatewayError) -> RecordID { try body.id(idKind) }

    /// Of the path of a request: digits are an integer.
    func id(path text: String) throws(GatewayError) -> RecordID {
        let given = RecordID(integer: text) ?? .string(text)
        guard let id = idKind.normalize(given) else {
            throw .invalid("'\(text.prefix(60))' is no id of this collection")
        }
        return id
    }

    func ids(_ body: RequestBody) throws(GatewayError) -> [RecordID] {
        var ids: [RecordID] = []
        for item in try body.items() { ids.append(try id(item)) }
        return ids
    }

    /// `[…]`, or `{"indices": […], "values": […]}` in any order.
    func vector(_ body: RequestBody) throws(GatewayError) -> Vector {
        if body.node.kind != .object {
            if body.node.items.first?.kind == .array {
                throw GatewayError.untranslatable(body.path)
            }
            return try body.vector()
        }
        try body.fields(["indices", "values"])
        let values = try body.required("values").floats()
        var pairs: [(index: UInt32, value: Float)] = []
        let items = try body.required("indices").items()
        guard items.count == values.count else {
            throw .invalid(
                "'\(body.path)' has \(items.count) indices and \(values.count) values")
        }
        for (item, value) in zip(items, values) {
            guard let index = item.node.unsigned.flatMap({ UInt32(exactly: $0) }) else {
                throw item.wrong("an index of 32 bits")
            }
            pairs.append((index, value))
        }
        pairs.sort { $0.index < $1.index }
        guard zip(pairs, pairs.dropFirst()).allSatisfy({ $0.index < $1.index }) else {
            throw .invalid("'\(body.path).indices' holds an index twice")
        }
        return .sparse(indices: pairs.map(\.index), values: pairs.map(\.value))
    }

    /// A point's vectors: one alone, or by name.
    func vectors(_ body: RequestBody) throws(GatewayError) -> [String: Vector] {
        guard body.node.kind == .object else {
            return [Record.defaultVector: try vector(body)]
        }
        // A text or an image that the server would embed itself.
        let embedded = ["text", "model", "image", "object"]
        if body.node["model"]?.kind == .string,
            let given = embedded.first(where: { body.node[$0] != nil })
        {
            throw GatewayError.untranslatable("\(body.path).\(given)")
        }
        var vectors: [String: Vector] = [:]
        for (name, value) in try body.entries() { vectors[name] = try vector(value) }
        return vectors
    }

    /// `with_payload` and `with_vector`.
    func parts(
        _ body: RequestBody, payload: Bool
    ) throws(GatewayError) -> QdrantParts {
        QdrantParts(
            payload: try body.optional("with_payload").map { value throws(GatewayError) in
                try self.payload(value)
            } ?? (payload ? .all : .none),
            vectors: try (body.optional("with_vector") ?? body.optional("with_vectors"))
                .map { value throws(GatewayError) in try wantedVectors(value) } ?? .none)
    }

    private func payload(_ body: RequestBody) throws(GatewayError) -> QdrantParts.Payload {
        switch body.node.kind {
        case .bool: return try body.bool() ? .all : .none
        case .array: return .include(try paths(body))
        default:
            try body.fields(["include", "exclude"])
            if let include = body.optional("include") { return .include(try paths(include)) }
            return .exclude(try paths(try body.required("exclude")))
        }
    }

    private func wantedVectors(_ body: RequestBody) throws(GatewayError) -> QdrantParts.Vectors {
        if body.node.kind == .bool { return try body.bool() ? .all : .none }
        var names: [String] = []
        for item in try body.items() { names.append(try item.string()) }
        return .named(names)
    }

    private func paths(_ body: RequestBody) throws(GatewayError) -> [[String]] {
        var paths: [[String]] = []
        for item in try body.items() { paths.append(try path(item)) }
        return paths
    }

    /// `a."b c".d` in its parts. Steps into lists are not translated.
    func path(_ body: RequestBody) throws(GatewayError) -> [String] {
        let text = try body.string()
        var parts: [String] = []
        var part = ""
        var isQuoted = false
        for character in text {
            switch character {
            case "\"": isQuoted.toggle()
            case "." where !isQuoted:
                parts.append(part)
                part = ""
            case "[" where !isQuoted, "]" where !isQuoted:
                throw GatewayError.untranslatable("\(body.path): \(text.prefix(60))")
            default: part.append(character)
            }
        }
        parts.append(part)
        guard !isQuoted, !parts.contains("") else {
            throw .invalid("'\(body.path)' is no path: '\(text.prefix(60))'")
        }
        return parts
    }
}

extension RequestBody {
    /// Fields that are null count as absent, as in Qdrant.
    func fields(
        _ known: [String], ignoring ignored: Set<String> = []
    ) throws(GatewayError) {
        for (name, value) in try entries()
        where value.node.kind != .null && !known.contains(name) && !ignored.contains(name) {
            throw GatewayError.untranslatable(value.path)
        }
    }
}
