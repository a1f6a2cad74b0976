import PlanCore

/// Reads of the application: by id through the ledger where the follower might answer, searches
/// by weight, scans and counts from the authority. Answers are in the source's shape.
package struct RecordReader: Sendable {
    let session: Session
    let mirror: any MirrorSink

    package init(session: Session, mirror: any MirrorSink = NoMirror()) {
        self.session = session
        self.mirror = mirror
    }

    /// Runs one read under the route, and lets the epoch drain when it is done.
    func entered<Value: Sendable>(
        _ body: (Route) async throws -> Value
    ) async throws -> Value {
        try await session.refreshIfStale()
        let route = session.route.enter()
        defer { session.route.leave(route) }
        return try await body(route)
    }

    package func get(_ keys: [RecordID], _ projection: Projection) async throws -> [Record] {
        try await entered { route in
            let sides = try await readers(of: keys, route)
            var records: [Record] = []
            for side in Side.allCases {
                let wanted = keys.filter { sides[$0] == side }
                if !wanted.isEmpty { records += try await get(wanted, projection, on: side, route) }
            }
            return records
        }
    }

    /// Whether every read by id goes to the authority, whatever becomes of its key.
    func isPlain(_ route: Route) -> Bool {
        route.weight == 0 && !(route.authority == .target && session.environment.lags)
    }

    func readers(of keys: [RecordID], _ route: Route) async throws -> [RecordID: Side] {
        let byRoute = { @Sendable (key: RecordID) in route.reader(share: ReadShare.of(key)) }
        if isPlain(route) || session.flaws.contains(.readByOwnRoute) {
            return Dictionary(keys.map { ($0, byRoute($0)) }, uniquingKeysWith: { $1 })
        }
        do {
            return try await settled(keys)
        } catch is LedgerError {
            return Dictionary(keys.map { ($0, route.authority) }, uniquingKeysWith: { $1 })
        }
    }

    /// As the ledger says, once that is known of every key: what is in flux on an authority that
    /// lags is waited for, as long as it lags.
    private func settled(_ keys: [RecordID]) async throws -> [RecordID: Side] {
        let environment = session.environment
        let begun = session.time.now
        var sides: [RecordID: Side] = [:]
        var left = keys
        while true {
            let found = try await session.ledger.read { [left] ledger in
                try ledger.readers(left, share: ReadShare.of) {
                    environment.staleness(of: $0) > .zero
                }
            }
            sides.merge(found.sides) { $1 }
            let passed = session.time.now - begun
            let due = found.waiting.filter { passed >= environment.staleness(of: $0.value) }
            sides.merge(due) { $1 }
            left = left.filter { found.waiting[$0] != nil && due[$0] == nil }
            if left.isEmpty { return sides }
            try await session.time.sleep(for: RecordReader.fluxPoll)
        }
    }

    /// How often a key in flux is looked at.
    private static let fluxPoll: Duration = .milliseconds(10)

    private func get(
        _ keys: [RecordID], _ projection: Projection, on side: Side, _ route: Route
    ) async throws -> [Record] {
        let mapping = session.environment.mapping
        let answer = try await spared(.get, on: side, route) { side, store in
            let ids = keys.compactMap { mapping.id(of: $0, on: side) }
            let found = try await store.get(ids, mapping.projection(projection, for: side))
            return found.map { mapping.original(of: $0, from: side) }
        }
        if projection == .full {
            offer(.get(keys: keys, answer: answer.value), answer, route)
        }
        return answer.value
    }

    package func search(_ query: Query) async throws -> [Hit] {
        try await entered { route in
            let mapping = session.environment.mapping
            let side = route.reader(share: ReadShare.of(query))
            let answer = try await spared(.search, on: side, route) { side, store in
                try await store.search(mapping.query(query, for: side)).map {
                    Hit(record: mapping.original(of: $0.record, from: side), distance: $0.distance)
                }
            }
            offer(.search(query, answer: answer.value), answer, route)
            return answer.value
        }
    }

    /// To the mirror, which asks the other side what the authority was asked.
    private func offer<Value: Sendable>(
        _ read: MirroredRead, _ answer: Answer<Value>, _ route: Route
    ) {
        guard answer.side == route.authority else { return }
        mirror.offer(
            read,
            Mirrored(
                route: route, side: answer.side, begun: answer.begun,
                latency: session.time.now - answer.begun))
    }

    /// A page in the authority's own key order; `next` continues it.
    package func scan(
        after cursor: RecordID?, limit: Int, matching filter: Filter?, _ projection: Projection
    ) async throws -> (records: [Record], next: RecordID?) {
        try await entered { route in
            let side = route.authority
            let mapping = session.environment.mapping
            let start = cursor.flatMap { mapping.id(of: $0, on: side) }
            let page = try await session.environment.observed(.scan, on: side) { store in
                try await store.scan(
                    .all, after: start, limit: limit,
                    matching: mapping.filter(filter, for: side),
                    mapping.projection(projection, for: side))
            }
            let next =
                page.count < limit ? nil : page.last.flatMap { mapping.key(of: $0, on: side) }
            return (page.map { mapping.original(of: $0, from: side) }, next)
        }
    }

    package func count(matching filter: Filter? = nil) async throws -> Int {
        try await entered { route in
            let side = route.authority
            let mapping = session.environment.mapping
            return try await session.environment.observed(.count, on: side) { store in
                try await store.count(matching: mapping.filter(filter, for: side))
            }
        }
    }
}
