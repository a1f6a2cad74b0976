import ChromaFormat
import JSON
import PlanCore

extension ChromaStore {
    package func create(_ description: CollectionDescription) async throws {
        guard description.vectors.count == 1, let spec = description.vectors.first else {
            throw server.error(
                .unsupported,
                "chroma holds one vector a record, the collection has "
                    + "\(description.vectors.count)", "create")
        }
        let label = spec.name.isEmpty ? "the vector" : "the vector '\(spec.name)'"
        guard !spec.isSparse else {
            throw server.error(
                .unsupported, "\(label) is sparse; chroma collections here hold dense vectors",
                "create")
        }
        guard let space = ChromaMetric.space(spec.distance) else {
            throw server.error(
                .unsupported, "chroma does not compare by \(spec.distance.rawValue)", "create")
        }
        guard description.idKind != .intOrText else {
            throw server.error(
                .unsupported,
                "ids of two kinds (int_or_text) do not fit chroma's one; map them with "
                    + "'id: uuid5'", "create")
        }
        try await checkDatabase("create")
        forgetShape()
        let (name, efSearch) = (configuration.collection, configuration.efSearch)
        let path = server.database + "/collections"
        try await server.call("create", "POST", path, .write) { writer in
            writer.object { writer in
                writer.key("name")
                writer.write(name)
                writer.key("configuration")
                var hnsw: JSONObject = ["space": .string(space)]
                if let efSearch { hnsw["ef_search"] = .int(Int64(efSearch)) }
                writer.write(.object(["hnsw": .object(hnsw)]))
                writer.key("metadata")
                writer.write(
                    .object([ChromaShape.note: .string(ChromaShape.noteText(description))]))
            }
        }
    }

    /// A claim is a collection of its own, empty: a server makes only one of a name.
    private var claimName: String { "crossfade-claim." + configuration.collection }

    package func claim(_ claim: RunClaim) async throws -> RunClaim {
        try await checkDatabase("claim")
        let path = server.database + "/collections"
        for _ in 0..<20 {
            do {
                let name = claimName
                try await server.call("claim", "POST", path, .write) { writer in
                    writer.write(
                        .object([
                            "name": .string(name),
                            "metadata": [
                                "run": .string(claim.run), "plan": .string(claim.plan),
                                "host": .string(claim.host), "state": .string(claim.state),
                            ],
                        ]))
                }
                return claim
            } catch let error as StoreError where error.kind == .alreadyExists {
                // It may be given up before we look: then it is ours to take.
                if let holder = try await holder("claim") { return holder }
            }
        }
        throw server.error(.busy, "the claim keeps changing hands; try again", "claim")
    }

    package func release(_ claim: RunClaim) async throws {
        guard try await holder("release")?.run == claim.run else { return }
        do {
            try await server.call("release", "DELETE", server.collection(claimName), .write)
        } catch let error as StoreError where error.kind == .notFound {}
    }

    private func holder(_ operation: String) async throws -> RunClaim? {
        do {
            let root = try await server.call(
                operation, "GET", server.collection(claimName)
            ).root
            let metadata = root["metadata"]
            func text(_ key: String) -> String { metadata?[key]?.string ?? "" }
            return RunClaim(
                run: text("run"), plan: text("plan"), host: text("host"), state: text("state"))
        } catch let error as StoreError where error.kind == .notFound {
            return nil
        }
    }
}
