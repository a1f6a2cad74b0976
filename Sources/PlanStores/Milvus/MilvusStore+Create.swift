import JSON
import PlanCore

extension MilvusStore {
    private static let idBytes = 2_048

    package func create(_ description: CollectionDescription) async throws {
        guard description.vectors.count == 1, let spec = description.vectors.first,
            !spec.isSparse, spec.distance != .manhattan
        else {
            throw server.error(
                .unsupported,
                "milvus collections here hold one dense vector, by cosine, l2 or "
                    + "inner_product", "create")
        }
        guard spec.name.isEmpty else {
            throw server.error(
                .unsupported,
                "the one vector of a milvus collection here has no name; say 'vectors: "
                    + "{\(spec.name): \"\"}' under 'mapping'", "create")
        }
        guard !capabilities.refusedIDKinds.contains(description.idKind) else {
            throw server.error(
                .unsupported,
                "milvus has no ids of kind \(description.idKind.rawValue): int or text", "create")
        }
        forgetShape()
        if try await describe() != nil {
            throw server.error(
                .alreadyExists, "the collection '\(configuration.collection)' is there already",
                "create")
        }
        guard try await server.version("create") == .two else {
            throw server.error(
                .unsupported,
                "milvus before 2.4 makes no collection with ids of ours over REST; make "
                    + "'\(configuration.collection)' with its own client (a key without autoId, a "
                    + "vector of \(spec.dimension), dynamic fields on), load it, apply again",
                "create")
        }
        _ = try await call("create", ("", "collections/create"), .write) { _, writer in
            writer.key("schema")
            writer.write(MilvusStore.schema(description.idKind, spec))
            writer.key("indexParams")
            writer.write([
                [
                    "fieldName": "vector", "indexName": "vector", "indexType": "AUTOINDEX",
                    "metricType": .string(MilvusStore.metric(spec.distance)),
                ]
            ])
        }
        // The server answers before all of it is loaded.
        let end = ContinuousClock.now + configuration.http.deadline
        while let shape = try await look("create"), shape.isLoading, .now < end {
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private static func metric(_ distance: Distance) -> String {
        switch distance {
        case .cosine: "COSINE"
        case .innerProduct: "IP"
        case .l2, .manhattan: "L2"
        }
    }

    private static func schema(
        _ kind: CollectionDescription.IDKind, _ spec: VectorSpec
    ) -> JSONValue {
        var key: JSONObject = ["fieldName": "id", "isPrimary": true, "dataType": "Int64"]
        if kind != .int {
            key["dataType"] = "VarChar"
            key["elementTypeParams"] = ["max_length": .string(String(idBytes))]
        }
        return [
            "autoId": false, "enableDynamicField": true,
            "fields": [
                .object(key),
                [
                    "fieldName": "vector", "dataType": "FloatVector",
                    "elementTypeParams": ["dim": .string(String(spec.dimension))],
                ],
            ],
        ]
    }

    /// A claim is a collection of its own, empty, that says the claim: a server makes only one of a
    /// name, and is silent where the same is made twice.
    private var claimName: String { "crossfade_claim_" + configuration.collection }

    package func claim(_ claim: RunClaim) async throws -> RunClaim {
        let note = JSON.text([
            "run": .string(claim.run), "plan": .string(claim.plan), "host": .string(claim.host),
            "state": .string(claim.state),
        ])
        let name = claimName
        for _ in 0..<20 {
            if let holder = try await holder("claim") { return holder }
            do {
                _ = try await server.call(
                    "claim", ("collections/create", "collections/create"), .write
                ) { version, writer in
                    writer.key("collectionName")
                    writer.write(name)
                    if version == .one {
                        writer.key("dimension")
                        writer.write(2)
                        writer.key("description")
                        writer.write(note)
                    } else {
                        writer.key("schema")
                        writer.write(MilvusClaim.schema(note))
                    }
                }
            } catch let error as StoreError where !error.isTransient {
                // Another's came first, or something else is wrong: the next look says.
                guard try await holder("claim") != nil else { throw error }
            }
        }
        throw server.error(.busy, "the claim keeps changing hands; try again", "claim")
    }

    package func release(_ claim: RunClaim) async throws {
        guard try await holder("release")?.run == claim.run else { return }
        let name = claimName
        do {
            _ = try await server.call(
                "release", ("collections/drop", "collections/drop"), .write
            ) { _, writer in
                writer.key("collectionName")
                writer.write(name)
            }
        } catch let error as StoreError where error.kind == .notFound {}
    }

    private func holder(_ operation: String) async throws -> RunClaim? {
        do {
            guard let node = try await server.describe(claimName, operation),
                let note = MilvusClaim.note(node),
                case .object(let fields)? = try? JSON.parse(note)
            else { return nil }
            func text(_ key: String) -> String {
                if case .string(let text)? = fields[key] { text } else { "" }
            }
            return RunClaim(
                run: text("run"), plan: text("plan"), host: text("host"), state: text("state"))
        } catch let error as StoreError where error.kind == .notFound {
            return nil
        }
    }
}
