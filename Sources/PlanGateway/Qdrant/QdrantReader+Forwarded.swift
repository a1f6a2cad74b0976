import JSON
import PlanCore

extension QdrantReader {
    /// A write in Qdrant's own words, and what it touches.
    func forwarded(
        _ operation: QdrantOperation, _ body: RequestBody
    ) throws(GatewayError) -> QdrantWrite {
        guard let (method, path) = operation.endpoint else {
            throw GatewayError.untranslatable(operation.rawValue)
        }
        let request = ForwardedRequest(
            kind: QdrantDialect.kind, method: method, scope: .collection, path: path,
            contentType: "application/json", body: Array(JSON.text(body.node.value).utf8))
        // Read from what is sent: of a field that is given twice, the last.
        let body = try RequestBody(bytes: request.body)
        if let ids = try touched(operation, body) { return .forwarded(request, keys: ids) }
        let filter = try body.required("filter")
        guard filter.node.kind == .object else { throw filter.wrong("an object") }
        return .forwardedMatching(
            request, QdrantListing(filter: filter.node.value, idKind: idKind))
    }

    /// nil where it is a filter that says so.
    private func touched(
        _ operation: QdrantOperation, _ body: RequestBody
    ) throws(GatewayError) -> [RecordID]? {
        guard operation == .upsert || operation == .updateVectors else {
            return try body.optional("points").map { points throws(GatewayError) in
                try self.ids(points)
            }
        }
        if let batch = body.optional("batch") { return try ids(try batch.required("ids")) }
        var ids: [RecordID] = []
        for item in try body.required("points").items() {
            ids.append(try id(try item.required("id")))
        }
        return ids
    }
}

extension QdrantOperation {
    /// Where one write of this kind is sent.
    fileprivate var endpoint: (method: String, path: String)? {
        switch self {
        case .upsert: ("PUT", "/points")
        case .delete: ("POST", "/points/delete")
        case .setPayload: ("POST", "/points/payload")
        case .overwritePayload: ("PUT", "/points/payload")
        case .deletePayload: ("POST", "/points/payload/delete")
        case .clearPayload: ("POST", "/points/payload/clear")
        case .updateVectors: ("PUT", "/points/vectors")
        case .deleteVectors: ("POST", "/points/vectors/delete")
        default: nil
        }
    }
}
