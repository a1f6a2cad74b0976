import JSON
import PlanCore

extension RequestBody {
    /// A string or an integer, in the collection's own spelling.
    func id(_ kind: CollectionDescription.IDKind) throws(GatewayError) -> RecordID {
        let given: RecordID
        if let text = node.string {
            given = .string(text)
        } else if let value = node.int {
            given = .int(Int64(value))
        } else if let value = node.unsigned {
            given = .large(value)
        } else {
            throw wrong("an id: a string or an integer of 64 bits")
        }
        guard let id = kind.normalize(given) else {
            throw .invalid(
                "'\(path)': '\(given.text.prefix(60))' is no id of this collection",
                hint: RequestBody.hint(kind))
        }
        if case .string(let text) = id, text.isEmpty || text.utf8.contains(0) {
            throw wrong("an id: it is empty or holds NUL")
        }
        return id
    }

    private static func hint(_ kind: CollectionDescription.IDKind) -> String {
        switch kind {
        case .int: "its ids are integers"
        case .text: "its ids are strings"
        case .uuid: "its ids are UUIDs"
        case .intOrUUID: "its ids are unsigned integers and UUIDs"
        case .intOrText: "its ids are integers of 64 bits with a sign, and strings"
        }
    }

    func ids(_ kind: CollectionDescription.IDKind) throws(GatewayError) -> [RecordID] {
        var ids: [RecordID] = []
        for item in try items() { ids.append(try item.id(kind)) }
        return ids
    }

    /// `[…]`, or `{"indices": […], "values": […]}`.
    func vector() throws(GatewayError) -> Vector {
        if node.kind != .object {
            let values = try floats()
            guard !values.isEmpty else { throw wrong("a vector: it is empty") }
            return .dense(values)
        }
        try object(["indices", "values"])
        let values = try required("values").floats()
        var indices: [UInt32] = []
        for item in try required("indices").items() {
            guard let index = item.node.unsigned.flatMap({ UInt32(exactly: $0) }) else {
                throw item.wrong("an index of 32 bits")
            }
            indices.append(index)
        }
        guard indices.count == values.count else {
            throw .invalid("'\(path)' has \(indices.count) indices and \(values.count) values")
        }
        guard zip(indices, indices.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .invalid("'\(path).indices' do not ascend", hint: "sort them, each once")
        }
        return .sparse(indices: indices, values: values)
    }

    /// `vector` for the unnamed one, `vectors` by name; either may be left out.
    private func namedVectors() throws(GatewayError) -> [String: Vector] {
        var vectors: [String: Vector] = [:]
        if let vectorsBody = optional("vectors") {
            for (name, value) in try vectorsBody.entries() { vectors[name] = try value.vector() }
        }
        if let single = optional("vector") {
            guard vectors[Record.defaultVector] == nil else {
                throw .invalid("'\(path)' gives the unnamed vector twice")
            }
            vectors[Record.defaultVector] = try single.vector()
        }
        return vectors
    }

    func record(_ kind: CollectionDescription.IDKind) throws(GatewayError) -> Record {
        try object(["id", "vector", "vectors", "payload"])
        return Record(
            id: try required("id").id(kind), vectors: try namedVectors(),
            payload: try optional("payload")?.payload() ?? [:])
    }

    func patch(_ kind: CollectionDescription.IDKind) throws(GatewayError) -> RecordPatch {
        try object(["id", "set", "remove", "vector", "vectors"])
        var remove: [String] = []
        for item in try optional("remove")?.items() ?? [] { remove.append(try item.string()) }
        let patch = RecordPatch(
            id: try required("id").id(kind), set: try optional("set")?.payload() ?? [:],
            remove: remove, vectors: try namedVectors())
        if let both = remove.first(where: { patch.set[$0] != nil }) {
            throw .invalid("'\(path)' both sets and removes '\(both.prefix(60))'")
        }
        return patch
    }

    func query(
        _ kind: CollectionDescription.IDKind, kLimit: Int
    ) throws(GatewayError) -> Query {
        try object(["vector", "using", "k", "filter", "with_payload", "with_vectors"])
        return Query(
            vector: try required("vector").vector(),
            using: try optional("using")?.string() ?? Record.defaultVector,
            filter: try optional("filter")?.filter(kind),
            k: try optional("k")?.int(1...kLimit) ?? 10,
            includePayload: try optional("with_payload")?.bool() ?? true,
            includeVectors: try optional("with_vectors")?.bool() ?? false)
    }
}
