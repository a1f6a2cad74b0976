import JSON
import PlanCore

/// Bodies of the native dialect → the words of the plan. Throws `GatewayFault`.
struct NativeDecoding {
    let idKind: CollectionDescription.IDKind

    func document(_ body: [UInt8]) throws -> JSONDocument {
        guard !body.isEmpty else { throw GatewayFault.badRequest("the body is empty") }
        do {
            return try body.withUnsafeBytes { bytes throws(JSONError) in
                try JSONDocument(bytes: bytes, depth: 64)
            }
        } catch {
            throw GatewayFault.badRequest("the body is no JSON: \(error)")
        }
    }

    func id(_ node: JSONNode) throws -> RecordID {
        let found: RecordID? =
            switch node.value {
            case .int(let value): .int(value)
            case .number(let text): RecordID(integer: text)
            case .string(let text): .string(text)
            default: nil
            }
        guard let found, let id = idKind.normalize(found) else {
            throw GatewayFault.badRequest(
                "an id must be \(NativeDecoding.wanted(idKind))",
                hint: "the collection's ids are of kind \(idKind.rawValue)")
        }
        return id
    }

    private static func wanted(_ kind: CollectionDescription.IDKind) -> String {
        switch kind {
        case .int: "an integer"
        case .text: "a string"
        case .uuid: "a string that is a UUID"
        case .intOrUUID: "an integer or a UUID"
        case .intOrText: "an integer or a string"
        }
    }

    func ids(_ root: JSONNode) throws -> [RecordID] {
        try list(root, "ids").map(id)
    }

    func list(_ root: JSONNode, _ field: String) throws -> [JSONNode] {
        guard let node = root[field], node.kind == .array else {
            throw GatewayFault.badRequest("'\(field)' must be an array")
        }
        return node.items
    }

    func flag(_ root: JSONNode, _ field: String, otherwise: Bool) throws -> Bool {
        guard let node = root[field], node.kind != .null else { return otherwise }
        guard let value = node.bool else {
            throw GatewayFault.badRequest("'\(field)' must be true or false")
        }
        return value
    }

    func count(_ root: JSONNode, _ field: String, otherwise: Int, most: Int) throws -> Int {
        guard let node = root[field], node.kind != .null else { return otherwise }
        guard let value = node.int, (1...most).contains(value) else {
            throw GatewayFault.badRequest("'\(field)' must be an integer from 1 to \(most)")
        }
        return value
    }

    func vector(_ node: JSONNode, _ label: String) throws -> Vector {
        if let floats = node.floats {
            guard floats.allSatisfy(\.isFinite) else {
                throw GatewayFault.badRequest("\(label) holds a number that no float32 can")
            }
            return .dense(floats)
        }
        if let indices = node["indices"], let values = node["values"]?.floats {
            let places = indices.items.compactMap { $0.int.flatMap { UInt32(exactly: $0) } }
            if places.count == values.count, places.count == indices.items.count,
                zip(places, places.dropFirst()).allSatisfy({ $0 < $1 })
            {
                return .sparse(indices: places, values: values)
            }
        }
        throw GatewayFault.badRequest(
            "\(label) must be an array of numbers",
            hint: "or {\"indices\": […], \"values\": […]}, indices ascending, for a sparse one")
    }

    func record(_ node: JSONNode) throws -> Record {
        guard let idNode = node["id"] else { throw GatewayFault.badRequest("a record has no 'id'") }
        let id = try id(idNode)
        var record = Record(id: id, vectors: try vectors(node))
        if let payload = node["payload"], payload.kind != .null {
            guard case .object(let fields) = payload.value else {
                throw GatewayFault.badRequest("'payload' must be an object")
            }
            record.payload = fields
        }
        return record
    }

    private func vectors(_ node: JSONNode) throws -> [String: Vector] {
        var result: [String: Vector] = [:]
        if let one = node["vector"], one.kind != .null {
            result[Record.defaultVector] = try vector(one, "'vector'")
        }
        if let many = node["vectors"], many.kind != .null {
            guard many.kind == .object else {
                throw GatewayFault.badRequest("'vectors' must be an object")
            }
            for (name, value) in many.fields { result[name] = try vector(value, "'\(name)'") }
        }
        return result
    }

    func patch(_ node: JSONNode) throws -> RecordPatch {
        guard let idNode = node["id"] else {
            throw GatewayFault.badRequest("an update has no 'id'")
        }
        var patch = RecordPatch(id: try id(idNode), vectors: try vectors(node))
        if let set = node["set"], set.kind != .null {
            guard case .object(let fields) = set.value else {
                throw GatewayFault.badRequest("'set' must be an object")
            }
            patch.set = fields
        }
        if let remove = node["remove"], remove.kind != .null {
            guard remove.kind == .array else {
                throw GatewayFault.badRequest("'remove' must be an array of field names")
            }
            patch.remove = try remove.items.map { item in
                guard let name = item.string else {
                    throw GatewayFault.badRequest("'remove' must be an array of field names")
                }
                return name
            }
        }
        return patch
    }

    func filter(_ root: JSONNode) throws -> Filter? {
        guard let node = root["filter"], node.kind != .null else { return nil }
        return try FilterDecoding(ids: self).filter(node)
    }
}
