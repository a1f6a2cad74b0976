import PlanCore
import PlanStores
import Testing

/// Search against brute force, and filters against their reference meaning.
@Suite struct SearchConformance {
    static func distance(_ metric: Distance, _ a: [Float], _ b: [Float]) -> Double {
        let pairs = zip(a.map(Double.init), b.map(Double.init))
        let dot = pairs.reduce(0) { $0 + $1.0 * $1.1 }
        switch metric {
        case .innerProduct: return -dot
        case .l2: return pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        case .manhattan: return pairs.reduce(0) { $0 + abs($1.0 - $1.1) }
        case .cosine:
            let norms = [a, b].map { $0.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
            return norms[0] * norms[1] > 0 ? 1 - dot / (norms[0] * norms[1]) : 1
        }
    }

    @Test(arguments: Stores.names, Distance.allCases)
    func `search equals brute force`(name: String, metric: Distance) async throws {
        let distances = try await Stores.named(name).makePlace().store.capabilities.distances
        guard distances.contains(metric) else { return }
        // 75 entries: whole blocks of lanes, a half block and a rest.
        let place = try await StorePlace.make(name, .int, metric, dimension: 75)
        var samples = Samples(seed: 7)
        let records = (0..<150).map {
            Record(id: .int($0), vector: samples.vector(75), payload: ["even": .bool($0 % 2 == 0)])
        }
        try await place.store.upsert(records)
        let held = Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0.vector ?? []) })
        for k in [1, 10, 200] {
            for filter in [nil, Filter.equal(field: "even", true)] {
                let wanted = samples.vector(75)
                let query = Query(vector: .dense(wanted), filter: filter, k: k)
                let hits = try await place.store.search(query)
                let best = records.filter { filter?.matches($0) ?? true }
                    .map { Self.distance(metric, wanted, $0.vector ?? []) }.sorted().prefix(k)
                #expect(hits.count == best.count)
                for (hit, distance) in zip(hits, best) {
                    #expect(abs(hit.distance - distance) < 1e-4)
                    let own = Self.distance(metric, wanted, held[hit.record.id] ?? [])
                    #expect(abs(hit.distance - own) < 1e-4)
                }
                #expect(Set(hits.map(\.record.id)).count == hits.count)
            }
        }
    }

    @Test(arguments: Stores.names)
    func `a search brings back what it asks for`(name: String) async throws {
        let place = try await StorePlace.make(name)
        let record = Samples.record(.int(1), ["a": 1])
        try await place.store.upsert([record])
        let vector = Vector.dense([1, 0, 0, 0])
        #expect(try await place.store.search(Query(vector: vector, k: 0)) == [])
        for (payload, vectors) in [(true, true), (true, false), (false, true), (false, false)] {
            let hits = try await place.store.search(
                Query(vector: vector, k: 3, includePayload: payload, includeVectors: vectors))
            let wanted = Record(
                id: .int(1), vectors: vectors ? record.vectors : [:],
                payload: payload ? record.payload : [:])
            #expect(hits.map(\.record) == [wanted])
        }
    }

    @Test(arguments: Stores.names)
    func `a query that does not fit is refused`(name: String) async throws {
        let place = try await StorePlace.make(name)
        try await place.store.upsert(Samples.records(1...2))
        let queries = [
            Query(vector: .dense([1, 2]), k: 1), Query(vector: .dense([1, 2, .nan, 4]), k: 1),
            Query(vector: .dense([1, 2, 3, 4]), using: "none", k: 1),
        ]
        for query in queries {
            let error = await #expect(throws: StoreError.self) {
                _ = try await place.store.search(query)
            }
            #expect(error?.kind == .refused)
        }
    }

    @Test(arguments: Stores.names, [UInt64(1), 2, 3])
    func `a filter means what PlanCore says, nested or not`(name: String, seed: UInt64)
        async throws
    {
        let place = try await StorePlace.make(name)
        var samples = Samples(seed: seed)
        let records = (0..<60).map { Samples.record(.int($0), samples.payload()) }
        try await place.store.upsert(records)
        for _ in 0..<150 {
            let filter = samples.filter()
            let wanted = records.filter(filter.matches).map(\.id)
            let found = try await place.store.scan(
                .all, after: nil, limit: 100, matching: filter, .idsOnly)
            #expect(found.map(\.id) == wanted, "seed \(seed): \(filter)")
            #expect(try await place.store.count(matching: filter) == wanted.count)
            let hits = try await place.store.search(
                Query(vector: .dense([1, 2, 3, 4]), filter: filter, k: 100))
            #expect(hits.map(\.record.id).sorted() == wanted, "seed \(seed): \(filter)")
        }
    }

    @Test(arguments: Stores.names)
    func `a filter with hundreds of parts is no error`(name: String) async throws {
        let place = try await StorePlace.make(name)
        try await place.store.upsert((0..<20).map { Samples.record(.int($0), ["n": .int($0)]) })
        let values = (10..<2_000).map { JSONValue.int($0) }
        #expect(try await place.store.count(matching: .anyOf(field: "n", values)) == 10)
        let ids = (15..<1_500).map { RecordID.int($0) }
        #expect(try await place.store.count(matching: .hasID(ids)) == 5)
        let parts = (0..<600).map { Filter.notEqual(field: "n", .int($0 + 4)) }
        #expect(try await place.store.count(matching: .and(parts)) == 4)
    }

    @Test(arguments: Stores.names)
    func `a delete by filter takes what matches and no more`(name: String) async throws {
        var samples = Samples(seed: 23)
        for filter in [
            Filter.less(field: "n", 10), .not(.contains(field: "tags", "keep")),
            .and([.contains(field: "tags", "go"), .greater(field: "n", 4)]),
        ] {
            let place = try await StorePlace.make(name)
            let records = (0..<40).map {
                Samples.record(
                    .int($0),
                    [
                        "n": .int(Int64.random(in: 0..<20, using: &samples)),
                        "tags": $0 % 2 == 0 ? ["keep"] : ["go"],
                    ])
            }
            try await place.store.upsert(records)
            let doomed = records.filter(filter.matches).count
            // Not every store tells.
            let deleted = try await place.store.delete(matching: filter)
            #expect(deleted == nil || deleted == doomed)
            let left = try await place.store.scan(.all, limit: 100)
            #expect(left == records.filter { !filter.matches($0) })
        }
    }
}
