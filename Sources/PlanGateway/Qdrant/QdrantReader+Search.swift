import JSON
import PlanCore

extension QdrantReader {
    /// What says how a search is done, not what it finds.
    private static let manner: Set<String> = ["params", "timeout", "consistency"]

    /// The body of `points/search`.
    func search(_ body: RequestBody, kLimit: Int) throws(GatewayError) -> QdrantSearch {
        try body.fields(
            [
                "vector", "filter", "limit", "offset", "score_threshold", "with_payload",
                "with_vector",
            ], ignoring: QdrantReader.manner)
        var vector = try body.required("vector")
        var using = Record.defaultVector
        if let name = vector.optional("name") {
            using = try name.string()
            vector = try vector.required("vector")
        }
        return try QdrantSearch(
            seed: .vector(self.vector(vector)), using: using,
            filter: filter(body.optional("filter")),
            limit: limit(try body.required("limit"), kLimit), offset: offset(body, kLimit),
            threshold: body.optional("score_threshold")?.number(),
            parts: parts(body, payload: false)
        ).checked(kLimit)
    }

    /// The body of `points/query`.
    func query(_ body: RequestBody, kLimit: Int) throws(GatewayError) -> QdrantSearch {
        try body.fields(
            [
                "query", "using", "filter", "limit", "offset", "score_threshold", "with_payload",
                "with_vector",
            ], ignoring: QdrantReader.manner)
        return try QdrantSearch(
            seed: seed(body.optional("query")),
            using: body.optional("using")?.string() ?? Record.defaultVector,
            filter: filter(body.optional("filter")),
            limit: body.optional("limit").map { value throws(GatewayError) in
                try limit(value, kLimit)
            } ?? 10,
            offset: offset(body, kLimit),
            threshold: body.optional("score_threshold")?.number(),
            parts: parts(body, payload: false)
        ).checked(kLimit)
    }

    private func seed(_ body: RequestBody?) throws(GatewayError) -> QdrantSearch.Seed {
        guard let body else { return .nothing }
        switch body.node.kind {
        case .array: return .vector(try vector(body))
        case .number, .string: return .point(try id(body))
        default: break
        }
        if body.node["indices"] != nil { return .vector(try vector(body)) }
        if let nearest = body.field("nearest") {
            try body.fields(["nearest"])
            return try seed(nearest)
        }
        let kind = try body.entries().first?.value.path ?? body.path
        throw GatewayError.untranslatable(kind)
    }

    func limit(_ body: RequestBody, _ most: Int) throws(GatewayError) -> Int {
        guard let limit = body.node.int, limit >= 0 else {
            throw body.wrong("a number of points")
        }
        guard limit > 0 else {
            throw GatewayError(
                422, .invalidRequest, "[limit: value 0 invalid, must be 1 or larger]")
        }
        guard limit <= most else {
            throw .invalid("'\(body.path)' is above \(most)", hint: "see gateway.limits.k")
        }
        return limit
    }

    private func offset(_ body: RequestBody, _ most: Int) throws(GatewayError) -> Int {
        try body.optional("offset")?.int(0...most) ?? 0
    }

    /// The bodies of a batch.
    func searches(
        _ body: RequestBody, _ one: (RequestBody) throws(GatewayError) -> QdrantSearch
    ) throws(GatewayError) -> [QdrantSearch] {
        try body.fields(["searches"], ignoring: QdrantReader.manner)
        var found: [QdrantSearch] = []
        for item in try body.required("searches").items() { found.append(try one(item)) }
        return found
    }
}

extension QdrantSearch {
    fileprivate func checked(_ kLimit: Int) throws(GatewayError) -> QdrantSearch {
        guard limit + offset <= kLimit else {
            throw .invalid("offset and limit are above \(kLimit)", hint: "see gateway.limits.k")
        }
        return self
    }
}
