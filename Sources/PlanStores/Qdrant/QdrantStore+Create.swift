import JSON
import PlanCore
import QdrantFormat

extension QdrantStore {
    package func create(_ description: CollectionDescription) async throws {
        let body = try creation(description)
        let long = HTTPChannel.Call("create", "PUT", api.collection, body: body, .write)
        _ = try await api.result(long)
        do {
            if let key = configuration.shardKey {
                let call = HTTPChannel.Call(
                    "create", "PUT", path("/shards"), body: encoded(["shard_key": .string(key)]),
                    .write)
                _ = try await api.result(call)
            }
            for index in description.payloadIndexes { try await createPayloadIndex(index) }
        } catch {
            // Half of what was asked for would look like another's collection later on. It is
            // empty and was made here.
            _ = try? await api.ask(.init("drop", "DELETE", api.collection, .write))
            throw error
        }
        forgetShape()
    }

    func encoded(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(value)
        return writer.bytes
    }

    private func creation(_ description: CollectionDescription) throws -> [UInt8] {
        switch description.idKind {
        case .int, .uuid, .intOrUUID: break
        case .text, .intOrText:
            throw api.failure.error(
                .unsupported,
                "qdrant's ids are unsigned integers and UUIDs, these are of kind "
                    + "\(description.idKind.rawValue); map them with 'id: uuid5'", "create")
        }
        var body = description.settings.own
        var dense: JSONObject = [:]
        var sparse: JSONObject = [:]
        for spec in description.vectors {
            if spec.isSparse {
                sparse[spec.name] = .object(spec.settings.own)
            } else {
                dense[spec.name] = .object(try params(spec))
            }
        }
        let isSingle = dense.count == 1 && dense[Record.defaultVector] != nil
        body["vectors"] = isSingle ? dense[Record.defaultVector] : .object(dense)
        if !sparse.isEmpty { body["sparse_vectors"] = .object(sparse) }
        if configuration.shardKey != nil { body["sharding_method"] = "custom" }
        if configuration.holdsIndexing {
            var optimizers: JSONObject = [:]
            if case .object(let held)? = body["optimizers_config"] { optimizers = held }
            optimizers["indexing_threshold"] = 0
            body["optimizers_config"] = .object(optimizers)
        }
        return encoded(.object(body))
    }

    private func params(_ spec: VectorSpec) throws -> JSONObject {
        let label = spec.name.isEmpty ? "the vector" : "the vector '\(spec.name)'"
        guard (1...capabilities.maximumDimension).contains(spec.dimension) else {
            throw api.failure.error(
                .refused,
                "\(label) has dimension \(spec.dimension); 1 to \(capabilities.maximumDimension) "
                    + "fit", "create")
        }
        var params = spec.settings.own
        params["size"] = .int(Int64(spec.dimension))
        params["distance"] = QdrantMetric.distances.first { $0.value == spec.distance }.map {
            .string($0.key)
        }
        if spec.element == .float16 { params["datatype"] = "float16" }
        return params
    }

    private func createPayloadIndex(_ index: PayloadIndex) async throws {
        var settings = index.settings.own
        var path = QdrantPath.candidates(index.field).last.flatMap { $0 }?.own
        // The source's own spelling, unless the field has another name by now.
        if case .string(let own)? = settings.removeValue(forKey: QdrantShape.pathSetting),
            QdrantPath.plain(own) == index.field
        {
            path = own
        }
        guard let path else { return }
        let schema: JSONValue =
            settings.isEmpty ? .string(index.kind.rawValue) : .object(settings)
        let call = HTTPChannel.Call(
            "create", "PUT", self.path("/index", "wait=true"),
            body: encoded(["field_name": .string(path), "field_schema": schema]), .write)
        try await api.change(call, isAtomic: true)
    }
}

extension [String: JSONValue] {
    /// Qdrant's part of a description's settings.
    var own: JSONObject {
        if case .object(let own)? = self[QdrantAPI.store] { own } else { [:] }
    }
}
