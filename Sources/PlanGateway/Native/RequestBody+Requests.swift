import PlanCore

/// The bodies of the native dialect's requests, whole.
extension RequestBody {
    /// What a delete is told to delete.
    enum Doomed {
        case ids([RecordID])
        case matching(Filter)
    }

    /// A page of a scan.
    struct Page {
        var cursor: RecordID?
        var limit: Int
        var filter: Filter?
        var parts: Parts
    }

    /// What of each record the application asked for.
    struct Parts {
        var vectors: Bool
        var payload: Bool

        /// The least that the store is asked for.
        var projection: Projection {
            if vectors { return .full }
            return payload ? .withoutVectors : .idsOnly
        }
    }

    static let scanLimit = 10_000

    func upserts(_ kind: CollectionDescription.IDKind) throws(GatewayError) -> [Record] {
        try object(["records"])
        var records: [Record] = []
        for item in try required("records").items() { records.append(try item.record(kind)) }
        return records
    }

    func updates(_ kind: CollectionDescription.IDKind) throws(GatewayError) -> [RecordPatch] {
        try object(["updates"])
        var patches: [RecordPatch] = []
        for item in try required("updates").items() { patches.append(try item.patch(kind)) }
        var seen: Set<RecordID> = []
        if let twice = patches.first(where: { !seen.insert($0.id).inserted }) {
            throw .invalid(
                "'\(twice.id.text.prefix(60))' is updated twice in one request",
                hint: "merge the two updates, or send one after the other")
        }
        return patches
    }

    func doomed(_ kind: CollectionDescription.IDKind) throws(GatewayError) -> Doomed {
        try object(["ids", "filter"])
        switch (optional("ids"), optional("filter")) {
        case (let ids?, nil): return .ids(try ids.ids(kind))
        case (nil, let filter?): return .matching(try filter.filter(kind))
        default: throw .invalid("a delete has either 'ids' or 'filter'")
        }
    }

    /// Each id once, in the order asked for.
    func wanted(
        _ kind: CollectionDescription.IDKind
    ) throws(GatewayError) -> ([RecordID], Parts) {
        try object(["ids", "with_vectors", "with_payload"])
        var seen: Set<RecordID> = []
        let ids = try required("ids").ids(kind).filter { seen.insert($0).inserted }
        return (ids, try parts())
    }

    func page(_ kind: CollectionDescription.IDKind) throws(GatewayError) -> Page {
        try object(["cursor", "limit", "filter", "with_vectors", "with_payload"])
        return Page(
            cursor: try optional("cursor")?.id(kind),
            limit: try optional("limit")?.int(1...RequestBody.scanLimit) ?? 100,
            filter: try optional("filter")?.filter(kind), parts: try parts())
    }

    private func parts() throws(GatewayError) -> Parts {
        Parts(
            vectors: try optional("with_vectors")?.bool() ?? true,
            payload: try optional("with_payload")?.bool() ?? true)
    }
}

/// Reads bodies as requests do, and drops what they say: for fuzzing.
package enum NativeBodies {
    package static let operations = ["upsert", "update", "delete", "get", "search", "scan"]

    /// nil where the body is taken; else how the request is refused.
    package static func refusal(
        of bytes: [UInt8], _ operation: String, _ kind: CollectionDescription.IDKind
    ) -> String? {
        do {
            let body = try RequestBody(bytes: bytes)
            switch operation {
            case "upsert": _ = try body.upserts(kind)
            case "update": _ = try body.updates(kind)
            case "delete": _ = try body.doomed(kind)
            case "get": _ = try body.wanted(kind)
            case "search": _ = try body.query(kind, kLimit: 1_000)
            default: _ = try body.page(kind)
            }
            return nil
        } catch {
            return error.message
        }
    }
}
