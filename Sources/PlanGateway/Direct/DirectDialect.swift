import HTTPServer
import JSON
import PlanCore
import PlanSync

/// The route, intents and observations of applications that read and write one plan's stores by
/// themselves.
struct DirectDialect: Sendable {
    let service: any DirectService
    let idKind: @Sendable () async throws -> CollectionDescription.IDKind
    let kLimit: @Sendable () -> Int
    let time: any TimeSource

    /// Keys of one write, and entries of one list.
    static let keyLimit = 10_000
    private static let poll: Duration = .milliseconds(10)

    func answer(
        _ operation: DirectOperation, _ request: HTTPRequest
    ) async throws -> HTTPResponse {
        switch operation {
        case .route: try await route(request)
        case .reads: try await reads(request)
        case .begin: try await begin(request)
        case .end: try await end(request)
        case .observe: try await observe(request)
        }
    }

    // MARK: - The route

    private func route(_ request: HTTPRequest) async throws -> HTTPResponse {
        let question = try RouteQuestion(request)
        guard let reader = question.reader else {
            let route = try await changed(from: question.known, within: question.wait)
            return RouteAnswer(
                route: route, span: nil, asksForReads: service.asksForReads(under: route)
            ).response(question)
        }
        // Asked before the wait, so that a flip need not wait for what was shown already.
        _ = try await tell(reader, question.known)
        _ = try await changed(from: question.known, within: question.wait)
        let told = try await tell(reader, question.known)
        return RouteAnswer(
            route: told.route, span: told.span, asksForReads: told.asksForReads
        ).response(question)
    }

    private func tell(_ reader: String, _ known: Int64?) async throws -> ToldRoute {
        if let told = try await service.tellRoute(to: reader, holding: known) { return told }
        throw busy("\(ReaderLeases.limit) readers follow the route already")
    }

    /// Waits until the route is another; at most half a reader's span, so that it can ask again in
    /// time.
    private func changed(from known: Int64?, within wait: Duration) async throws -> Route {
        let limit = time.now + min(wait, service.readerSpan / 2)
        while true {
            let route = try await service.currentRoute()
            guard route.epoch == known, time.now < limit else { return route }
            try await time.sleep(for: DirectDialect.poll)
        }
    }

    private func busy(_ message: String) -> GatewayError {
        GatewayError(503, .busy, message, hint: "try again in a moment", retryAfter: 1)
    }

    // MARK: - Reads and writes

    private func reads(_ request: HTTPRequest) async throws -> HTTPResponse {
        let keys = try RequestBody(request).leasedKeys(try await idKind())
        let places = try await service.places(of: keys)
        return HTTPResponse(json: { writer in
            for side in Side.allCases {
                writer.key(side.rawValue)
                writer.write(keys.filter { places[$0] == side })
            }
        })
    }

    private func begin(_ request: HTTPRequest) async throws -> HTTPResponse {
        let keys = try RequestBody(request).leasedKeys(try await idKind())
        guard let lease = try await service.begin(keys) else {
            throw busy("\(WriteLeases.limit) writes are under way already")
        }
        return HTTPResponse(json: { writer in
            writer.key("lease")
            writer.write(lease.name)
            writer.write(placesOf: lease.route)
            writer.key("span_ms")
            writer.write(Int(lease.span.milliseconds))
            guard let ids = lease.targetIDs else { return }
            writer.key("target_ids")
            writer.write(ids)
        })
    }

    private func end(_ request: HTTPRequest) async throws -> HTTPResponse {
        let ended = try RequestBody(request).endedLeases()
        // Each may wait for its follower: one after another they would wait for each other.
        let service = service
        let ends = await withTaskGroup(of: (Int, LeaseEnd).self) { group in
            for (number, lease) in ended.enumerated() {
                group.addTask { (number, await service.end(lease.name, lease.outcome)) }
            }
            var ends = [LeaseEnd](repeating: .lapsed, count: ended.count)
            for await (number, end) in group { ends[number] = end }
            return ends
        }
        return HTTPResponse(json: { writer in
            writer.key("ends")
            writer.array { writer in for end in ends { writer.write(end.rawValue) } }
        })
    }

    // MARK: - Observations

    private func observe(_ request: HTTPRequest) async throws -> HTTPResponse {
        let kind = try await idKind()
        let (searches, calls) = try RequestBody(request).observations(kind, kLimit: kLimit())
        for (query, answers) in searches { service.compare(query, answers) }
        for call in calls { service.observe(call) }
        return HTTPResponse(json: { writer in
            writer.key("searches")
            writer.write(searches.count)
            writer.key("calls")
            writer.write(calls.count)
        })
    }
}

extension HTTPResponse {
    init(json body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.object(body)
        self.init(status: 200, body: writer.bytes)
        headers.add("Content-Type", "application/json")
    }
}
