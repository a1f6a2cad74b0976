import PlanCore
import PlanStores
import Testing

/// Collections as a whole: made, described, renamed, claimed, dropped.
@Suite struct CollectionConformance {
    @Test(arguments: Stores.names, Distance.allCases)
    func `a collection describes itself as it was asked for`(name: String, metric: Distance)
        async throws
    {
        let tested = try Stores.named(name)
        let place = try await tested.makePlace()
        guard place.store.capabilities.distances.contains(metric) else { return }
        #expect(try await place.store.describe() == nil)
        let wanted = CollectionDescription(
            name: "products", idKind: tested.kind(.text),
            vectors: [
                VectorSpec(dimension: 3, distance: metric),
                VectorSpec(name: "image", dimension: 5, distance: metric),
            ].prefix(place.store.capabilities.supportsNamedVectors ? 2 : 1).map { $0 })
        try await place.store.create(wanted)
        let found = try #require(try await place.store.describe())
        #expect(
            found.idKind == wanted.idKind && found.vectors.map(\.name) == wanted.vectors.map(\.name)
        )
        #expect(found.vectors.map(\.dimension) == wanted.vectors.map(\.dimension))
        try await place.store.checkWritable()
        #expect(try await place.store.count() == 0)
        let again = await #expect(throws: StoreError.self) {
            try await place.store.create(wanted)
        }
        #expect(again?.kind == .alreadyExists)
    }

    /// A process that joined a run before its target was made must map as one that asks it after.
    @Test(arguments: Stores.names, CollectionDescription.IDKind.allCases)
    func `a target that was made says what was wanted of it`(
        name: String, kind: CollectionDescription.IDKind
    ) async throws {
        let tested = try Stores.named(name)
        let place = try await tested.makePlace()
        let plan = Plan(
            file: "plan.yaml", name: "p",
            source: StoreEndpoint(kind: .sqlite, address: .literal("a"), collection: "products"),
            target: StoreEndpoint(
                kind: try #require(tested.storeKind), address: .literal("b"),
                collection: "products"))
        let wanted = TargetShape.wanted(
            plan,
            source: CollectionDescription(
                name: "products", idKind: kind,
                vectors: [VectorSpec(dimension: 3, distance: .cosine)]))
        guard !place.store.capabilities.refusedIDKinds.contains(wanted.idKind) else { return }
        do {
            try await place.store.create(wanted)
        } catch let error as StoreError where [.refused, .unsupported].contains(error.kind) {
            return
        }
        let found = try #require(try await place.store.describe())
        #expect(TargetShape.differences(wanted: wanted, found: found) == [])
        #expect(found.vectors.map(\.element) == wanted.vectors.map(\.element))
        let spelt = "0b5e7c1e-52d1-4f0b-8a39-0123456789ab"
        for id in [RecordID.int(7), .string("seven"), .uuid(spelt), .string(spelt)] {
            guard let key = wanted.idKind.normalize(id) else { continue }
            #expect(found.idKind.normalize(key) == key, "\(key) is \(found.idKind) there")
        }
    }

    @Test(arguments: Stores.names)
    func `a collection that is not there is not found`(name: String) async throws {
        let place = try await Stores.named(name).makePlace()
        let store = place.store
        let calls: [@Sendable () async throws -> Void] = [
            { _ = try await store.identity() }, { _ = try await store.count() },
            { _ = try await store.get([.int(1)]) }, { _ = try await store.scan(.all, limit: 1) },
            { try await store.upsert(Samples.records(1...1)) },
            { try await store.delete([.int(1)]) }, { _ = try await store.partitions(4) },
            { _ = try await store.search(Query(vector: .dense([1, 2, 3, 4]), k: 1)) },
        ]
        for (index, call) in calls.enumerated() {
            let error = await #expect(throws: StoreError.self) { try await call() }
            #expect(error?.kind == .notFound && error?.isDefinite == true, "call \(index)")
        }
    }

    @Test(arguments: Stores.names)
    func `a rename and a drop take the collection away`(name: String) async throws {
        let place = try await StorePlace.make(name)
        try await place.store.upsert(Samples.records(1...3))
        let other = place.another()
        #expect(try await other.count() == 3)
        guard place.store.capabilities.canRename else {
            let error = await #expect(throws: StoreError.self) {
                try await place.store.rename(to: "products_before")
            }
            #expect(error?.kind == .unsupported)
            try await place.store.drop()
            #expect(try await other.describe() == nil)
            try await place.store.drop()
            return
        }
        try await place.store.rename(to: "products_before")
        #expect(try await place.store.describe() == nil)
        #expect(try await other.describe() == nil)
        try await place.store.create(
            CollectionDescription(
                name: "products", idKind: .text,
                vectors: [VectorSpec(dimension: 2, distance: .l2)]))
        let record = Record(id: .string("1"), vector: [1, 2])
        try await other.upsert([record])
        #expect(try await other.get([.string("1")]) == [record])
        try await place.store.drop()
        #expect(try await place.store.describe() == nil)
        try await place.store.drop()
    }

    @Test(arguments: Stores.names)
    func `an identity is the collection's own, through every connection`(name: String)
        async throws
    {
        let place = try await StorePlace.make(name)
        let stranger = try await StorePlace.make(name)
        let identity = try await place.store.identity()
        #expect(try await place.another().identity() == identity)
        #expect(try await stranger.store.identity() != identity)
    }

    @Test(arguments: Stores.names)
    func `of two runs that race for a claim one wins and both know`(name: String) async throws {
        let place = try await StorePlace.make(name)
        let stores = [place.store, place.another()]
        for round in 0..<8 {
            let claims = ["a", "b"].map {
                RunClaim(run: "\($0)\(round)", plan: "p", host: "h", state: "s")
            }
            let answers = try await withThrowingTaskGroup(of: RunClaim.self) { group in
                for (store, claim) in zip(stores, claims) {
                    group.addTask { try await store.claim(claim) }
                }
                return try await group.reduce(into: [RunClaim]()) { $0.append($1) }
            }
            let winner = try #require(answers.first)
            #expect(answers == [winner, winner] && claims.contains(winner))
            let loser = try #require(claims.first { $0 != winner })
            try await place.store.release(loser)
            #expect(try await place.store.claim(loser) == winner)
            try await place.store.release(winner)
        }
    }

    @Test(arguments: Stores.names)
    func `a claim may come before its collection, and go without it`(name: String) async throws {
        let place = try await Stores.named(name).makePlace()
        let claim = RunClaim(run: "r", plan: "p", host: "h", state: "s")
        try await place.store.release(claim)
        #expect(try await place.store.claim(claim) == claim)
        var other = claim
        other.run = "other"
        #expect(try await place.another().claim(other) == claim)
        #expect(try await place.store.describe() == nil)
        try await place.store.release(claim)
        #expect(try await place.store.claim(other) == other)
    }
}
