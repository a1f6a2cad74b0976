import JSON
import PlanCore

extension QdrantReader {
    static let pageLimit = 10_000

    /// A page of a scroll.
    struct Page: Hashable {
        /// The first of the page, not the last before it.
        var offset: RecordID?
        var limit: Int
        var filter: Filter?
        var parts: QdrantParts
    }

    func page(_ body: RequestBody) throws(GatewayError) -> Page {
        try body.fields(
            ["offset", "limit", "filter", "with_payload", "with_vector"],
            ignoring: ["timeout", "consistency"])
        return try Page(
            offset: body.optional("offset").map { value throws(GatewayError) in try id(value) },
            limit: body.optional("limit").map { value throws(GatewayError) in
                try limit(value, QdrantReader.pageLimit)
            } ?? 10,
            filter: filter(body.optional("filter")), parts: parts(body, payload: true))
    }

    /// Each id once, in the order asked for.
    func wanted(_ body: RequestBody) throws(GatewayError) -> ([RecordID], QdrantParts) {
        try body.fields(
            ["ids", "with_payload", "with_vector"], ignoring: ["timeout", "consistency"])
        var seen: Set<RecordID> = []
        let ids = try ids(try body.required("ids")).filter { seen.insert($0).inserted }
        return (ids, try parts(body, payload: true))
    }

    func counted(_ body: RequestBody) throws(GatewayError) -> Filter? {
        try body.fields(["filter"], ignoring: ["exact", "timeout"])
        return try filter(body.optional("filter"))
    }
}
