import PlanCore
import PlanStores
import Testing

/// Scans, partitions and the freshness of reads.
@Suite struct ScanConformance {
    @Test(arguments: Stores.names)
    func `a scan sees each key once while others come and go`(name: String) async throws {
        let place = try await StorePlace.make(name)
        let size = try Stores.named(name).pageSize
        var samples = Samples(seed: 11)
        let stable = Set(stride(from: 0, to: 400, by: 4))
        try await place.store.upsert(Samples.records(0..<400))
        var seen: [RecordID] = []
        var cursor: RecordID?
        while true {
            let page = try await place.store.scan(.all, after: cursor, limit: size, .idsOnly)
            guard let last = page.last else { break }
            seen += page.map(\.id)
            cursor = last.id
            let others = (0..<10).map { _ in Int.random(in: 0..<500, using: &samples) }
                .filter { !stable.contains($0) }
            try await place.store.delete(others.prefix(5).map { .int(Int64($0)) })
            try await place.store.upsert(Samples.records(Set(others.dropFirst(5)).sorted()))
        }
        #expect(seen == Set(seen).sorted())
        #expect(Set(seen).isSuperset(of: stable.map { .int(Int64($0)) }))
    }

    @Test(arguments: Stores.names, [0, 1, 2, 7, 500])
    func `partitions hold every key exactly once`(name: String, count: Int) async throws {
        let place = try await StorePlace.make(name)
        try await place.store.upsert(Samples.records((0..<count).map { $0 * $0 }))
        for parts in [1, 2, 5, 64] {
            let ranges = try await place.store.partitions(parts)
            #expect((1...parts).contains(ranges.count))
            #expect(ranges.first?.after == nil && ranges.last?.through == nil)
            for (left, right) in zip(ranges, ranges.dropFirst()) {
                #expect(left.through == right.after && left.through != nil)
            }
            var sizes: [Int] = []
            var seen: [RecordID] = []
            for range in ranges {
                let page = try await place.store.scan(range, limit: 10_000, .idsOnly)
                seen += page.map(\.id)
                sizes.append(page.count)
            }
            #expect(seen == (0..<count).map { .int(Int64($0 * $0)) })
            let spread = (sizes.max() ?? 0) - (sizes.min() ?? 0)
            #expect(spread <= max(1, count / parts / 2 + 1), "\(sizes)")
        }
    }

    @Test(arguments: Stores.names)
    func `a range leaves out its lower bound and holds its upper`(name: String) async throws {
        let place = try await StorePlace.make(name, .text)
        let texts = ["a", "aa", "b", "B", "é", "🙂"].map(RecordID.string)
        let tested = try Stores.named(name)
        let ids = tested.hasTexts ? texts : Samples.ids(tested.idKinds[0])
        try await place.store.upsert(ids.map { Samples.record($0) })
        for after in ids {
            for through in ids {
                let range = KeyRange(after: after, through: through)
                let found = try await place.store.scan(range, limit: 9, .idsOnly).map(\.id)
                #expect(found == ids.filter(range.contains).sorted())
            }
        }
        #expect(try await place.store.scan(.all, limit: 0) == [])
    }

    @Test(arguments: Stores.names)
    func `a projection brings back what it names`(name: String) async throws {
        let place = try await StorePlace.make(name)
        let record = Samples.record(.int(1), ["a": 1])
        try await place.store.upsert([record])
        let filter = Filter.and([.contains(field: "no", 1), .exists(field: "a")])
        for condition in [nil, Filter.not(filter)] {
            for (projection, wanted) in [
                (Projection.full, record), (.idsOnly, Record(id: .int(1), vectors: [:])),
                (.withoutVectors, Record(id: .int(1), vectors: [:], payload: ["a": 1])),
            ] {
                let found = try await place.store.scan(
                    .all, after: nil, limit: 5, matching: condition, projection)
                #expect(found == [wanted])
                #expect(try await place.store.get([.int(1)], projection) == [wanted])
            }
        }
    }

    @Test(arguments: Stores.names)
    func `every read sees the latest acknowledged write`(name: String) async throws {
        let place = try await StorePlace.make(name)
        let other = place.another()
        let store = place.store
        let turns = try Stores.named(name).turns
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in Int64(1)...6 {
                group.addTask {
                    for version in 1...turns {
                        let record = Samples.record(.int(key), ["v": .int(version)])
                        try await (version % 2 == 0 ? store : other).upsert([record])
                        for reader in [store, other] {
                            #expect(try await reader.get([.int(key)]) == [record])
                            let range = KeyRange(after: .int(key - 1), through: .int(key))
                            #expect(try await reader.scan(range, limit: 2) == [record])
                            let mine = Filter.and([
                                .hasID([.int(key)]), .equal(field: "v", .int(version)),
                            ])
                            #expect(try await reader.count(matching: mine) == 1)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(arguments: Stores.names)
    func `a large batch is written whole`(name: String) async throws {
        let place = try await StorePlace.make(name)
        try await place.store.upsert(Samples.records(0..<5_000, ["round": 1]))
        try await place.store.upsert(Samples.records(2_500..<7_500, ["round": 2]))
        #expect(try await place.store.count() == 7_500)
        #expect(try await place.store.count(matching: .equal(field: "round", 2)) == 5_000)
        try await place.store.delete((0..<7_000).map { .int($0) })
        #expect(try await place.store.count() == 500)
    }
}
