import PlanCore
import PlanStores
import Testing

/// What every store does with single records: keeps, replaces, patches, deletes, refuses.
@Suite struct RecordConformance {
    @Test(arguments: Stores.writingNames)
    func `a payload of any shape comes back as it was`(name: String) async throws {
        let place = try await StorePlace.make(name)
        var nested: JSONValue = "bottom"
        for level in 0..<60 { nested = level % 2 == 0 ? [nested] : ["deeper": nested] }
        let payloads: [JSONObject] =
            Samples.values.map { ["v": $0] } + [
                [:], ["deep": nested], ["": 1], ["$.a[0] \"q\"\n": 1],
                ["long": .string(String(repeating: "ü\"\\\n", count: 50_000))],
                ["least": .int(.min), "most": .int(.max), "small": .double(1e-300)],
                ["largest": .number("18446744073709551615")],
                ["many": .array((0..<5_000).map { .int($0) })],
            ]
        let room = try Stores.named(name).payloadBytesMax
        let records = payloads.filter { "\($0)".utf8.count <= room }.enumerated()
            .map { Samples.record(.int(Int64($0)), $1) }
        try await place.store.upsert(records)
        let found = try await place.store.scan(.all, limit: 1_000)
        #expect(found.count == records.count)
        for (record, wanted) in zip(found, records) {
            #expect(record.id == wanted.id && record.vectors == wanted.vectors)
            let isSame = JSONValue.object(record.payload)
                .isJSONEqual(to: .object(wanted.payload))
            #expect(isSame, "payload \(wanted.id)")
        }
    }

    @Test(arguments: Stores.writingNames)
    func `a number of any size comes back as it was, or is refused by id`(name: String)
        async throws
    {
        let place = try await StorePlace.make(name)
        let record = Samples.record(
            .int(1), ["huge": .number("123456789012345678901234567890")])
        if place.store.capabilities.holdsAnyNumber {
            try await place.store.upsert([record])
            #expect(try await place.store.get([.int(1)]) == [record])
        } else {
            let error = await #expect(throws: StoreError.self) {
                try await place.store.upsert([record])
            }
            #expect(error?.kind == .refused && error?.ids == [.int(1)])
            #expect(try await place.store.count() == 0)
        }
    }

    @Test(arguments: Stores.writingNames)
    func `ids of every kind keep their type, their bytes and their order`(name: String)
        async throws
    {
        for kind in try Stores.named(name).idKinds {
            let place = try await StorePlace.make(name, kind)
            let forbidden = try Stores.named(name).forbiddenIDs
            let ids = Samples.ids(kind).filter { !forbidden.contains($0) }
            try await place.store.upsert(ids.map { Samples.record($0) })
            #expect(Set(try await place.store.get(ids, .idsOnly).map(\.id)) == Set(ids))
            let scanned = try await place.store.scan(.all, limit: 100, .idsOnly).map(\.id)
            #expect(scanned == ids.sorted(), "\(kind)")
            #expect(try await place.store.describe()?.idKind == kind)
            try await place.store.delete([ids[0]])
            #expect(try await place.store.count() == ids.count - 1)
        }
    }

    @Test(arguments: Stores.writingNames)
    func `an integer and its text are two ids`(name: String) async throws {
        for (kind, held, other) in [
            (CollectionDescription.IDKind.int, RecordID.int(1), RecordID.string("1")),
            (.text, .string("1"), .int(1)),
        ] {
            let hasTexts = try Stores.named(name).hasTexts
            guard kind == .int || hasTexts else { continue }
            let place = try await StorePlace.make(name, kind)
            try await place.store.upsert([Samples.record(held)])
            #expect(try await place.store.get([other]) == [])
            #expect(try await place.store.count(matching: .hasID([other])) == 0)
            try await place.store.delete([other])
            #expect(try await place.store.count(matching: .hasID([held])) == 1)
        }
    }

    @Test(arguments: Stores.writingNames)
    func `an upsert replaces the whole record`(name: String) async throws {
        let place = try await StorePlace.make(name)
        try await place.store.upsert([Samples.record(.int(1), ["a": 1, "b": ["c": 2]])])
        let new = Record(id: .int(1), vector: [9, 8, 7, 6], payload: ["b": ["d": 3]])
        try await place.store.upsert([new])
        #expect(try await place.store.get([.int(1)]) == [new])
        #expect(try await place.store.count() == 1)
    }

    @Test(arguments: Stores.writingNames)
    func `a record without a vector is held and found by its id, or refused`(
        name: String
    ) async throws {
        let place = try await StorePlace.make(name)
        try await place.store.upsert([Samples.record(.int(1))])
        let bare = Record(id: .int(2), vectors: [:], payload: ["a": 1])
        guard !place.store.capabilities.requiresEveryVector else {
            let error = await #expect(throws: StoreError.self) {
                try await place.store.upsert([Samples.record(.int(3)), bare])
            }
            #expect(error?.kind == .refused && error?.isDefinite == true && error?.ids == [bare.id])
            #expect(try await place.store.scan(.all, limit: 9).map(\.id) == [.int(1)])
            return
        }
        try await place.store.upsert([bare])
        let many = (3...200).map { Record(id: .int($0), vectors: [:], payload: ["a": 2]) }
        try await place.store.load(many)
        #expect(try await place.store.get([bare.id]) == [bare])
        #expect(try await place.store.scan(.all, limit: 300).dropFirst() == [bare] + many)
        #expect(try await place.store.count(matching: .equal(field: "a", 2)) == many.count)
        let query = Query(vector: .dense([1, 1, 1, 1]), k: 5)
        #expect(try await place.store.search(query).map(\.record.id) == [.int(1)])
        let patch = RecordPatch(id: bare.id, vectors: ["": .dense([1, 1, 1, 1])])
        #expect(try await place.store.update([patch, .init(id: .int(3), set: ["a": 3])]) == [])
        #expect(try await place.store.get([bare.id]) == [patch.applied(to: bare)])
        #expect(try await place.store.search(query).first?.record.id == bare.id)
    }

    @Test(arguments: Stores.writingNames)
    func `what is deleted is gone until it is written again`(name: String) async throws {
        let place = try await StorePlace.make(name)
        try await place.store.delete([.int(1), .int(2)])
        try await place.store.upsert(Samples.records(1...3))
        try await place.store.delete([.int(2), .int(99)])
        #expect(try await place.store.scan(.all, limit: 9).map(\.id) == [.int(1), .int(3)])
        let again = Samples.record(.int(2), ["again": true])
        try await place.store.upsert([again])
        #expect(try await place.store.get([.int(2)]) == [again])
    }

    @Test(arguments: Stores.writingNames)
    func `a patch changes what it names and nothing else`(name: String) async throws {
        let place = try await StorePlace.make(name)
        let held = Samples.record(.int(1), ["a": 1, "b": ["c": 2], "d": nil, "e": "x"])
        try await place.store.upsert([held])
        let patches = [
            RecordPatch(id: .int(1), set: ["a": ["n": nil], "d": "now"], remove: ["e", "none"]),
            RecordPatch(id: .int(7), set: ["a": 1]),
            RecordPatch(id: .int(1), vectors: ["": .dense([4, 3, 2, 1])]),
        ]
        #expect(try await place.store.update(patches) == [.int(7)])
        let wanted = patches[2].applied(to: patches[0].applied(to: held))
        #expect(try await place.store.get([.int(1), .int(7)]) == [wanted])
    }

    @Test(arguments: Stores.writingNames)
    func `a patch that clears leaves only what it sets`(name: String) async throws {
        let place = try await StorePlace.make(name)
        let held = Samples.records(1...3, ["a": 1, "b": ["c": 2], "d": nil, "e": "x"])
        try await place.store.upsert(held)
        let patches = [
            RecordPatch(id: .int(1), clears: true, set: ["b": "new", "f": 1.5]),
            RecordPatch(id: .int(2), clears: true),
            RecordPatch(id: .int(9), clears: true, set: ["a": 1]),
        ]
        #expect(try await place.store.update(patches) == [.int(9)])
        let found = try await place.store.scan(.all, limit: 9)
        #expect(
            found == [patches[0].applied(to: held[0]), patches[1].applied(to: held[1]), held[2]])
    }

    @Test(arguments: Stores.writingNames)
    func `a record that does not fit is refused by id and its batch left out`(name: String)
        async throws
    {
        let vectors: [[Float]] = [
            [1, 2, 3], [1, 2, 3, 4, 5], [], [1, .nan, 1, 1], [.infinity, 1, 1, 1],
        ]
        let place = try await StorePlace.make(name, .text)
        let tested = try Stores.named(name)
        let good = Samples.record(tested.id("good", 1))
        let bad =
            vectors.enumerated().map {
                Record(id: tested.id("v\($0)", Int64($0) + 2), vector: $1)
            }
            + ["", "nul\0", String(repeating: "x", count: 100_000)]
            .map { Samples.record(.string($0)) } + [Samples.record(.int(-1))]
        for record in bad {
            let error = await #expect(throws: StoreError.self) {
                try await place.store.upsert([good, record])
            }
            #expect(error?.kind == .refused && error?.isDefinite == true)
            #expect(error?.ids == [record.id])
        }
        #expect(try await place.store.count() == 0)
    }

    @Test(arguments: Stores.writingNames)
    func `a patch that does not fit changes nothing`(name: String) async throws {
        let place = try await StorePlace.make(name)
        try await place.store.upsert(Samples.records(1...2))
        let error = await #expect(throws: StoreError.self) {
            _ = try await place.store.update([
                RecordPatch(id: .int(1), set: ["a": 1]),
                RecordPatch(id: .int(2), vectors: ["": .dense([1])]),
            ])
        }
        #expect(error?.kind == .refused && error?.isDefinite == true)
        #expect(Set(try await place.store.get([.int(1), .int(2)])) == Set(Samples.records(1...2)))
    }
}
