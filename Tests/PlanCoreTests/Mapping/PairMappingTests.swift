import PlanCore
import Testing

/// T and U of a pair, whatever the records' own fields are called.
@Suite struct PairMappingTests {
    private static let names = [
        "a", "b", "c", "d", "original_id", "original_id_", "original_id__", "original_idea",
    ]

    private func mapping(_ rules: MappingRules) -> PairMapping {
        let shape = CollectionDescription(
            name: "things", idKind: .int, vectors: [VectorSpec(dimension: 2, distance: .l2)])
        var there = shape
        if rules.id != .keep { there.idKind = .uuid }
        return PairMapping(
            rules: rules, source: shape, target: there,
            sourceCapabilities: StoreCapabilities(), targetCapabilities: StoreCapabilities(),
            uuid5: {
                "00000000-0000-5000-8000-" + String(repeating: "0", count: 12 - $0.count) + $0
            })
    }

    private func rules(
        _ random: inout Random, id: MappingRules.IDRule
    ) -> MappingRules {
        var rules = MappingRules()
        rules.id = id
        let new = ["a", "b", "c", "d", "e", "original_id_"]
        var free = new
        for old in Self.names where random.fraction() < 0.4 && !free.isEmpty {
            rules.fields[old] = free.remove(at: random.below(free.count))
        }
        return rules
    }

    @Test(arguments: [MappingRules.IDRule.keep, .uuid5(originalField: "original_id")])
    func `no field is lost on the way there and back`(id: MappingRules.IDRule) {
        var random = Random(11)
        for _ in 0..<2_000 {
            let mapping = mapping(rules(&random, id: id))
            var payload: JSONObject = [:]
            for name in Self.names where random.fraction() < 0.5 {
                payload[name] = .int(Int64(random.below(100)))
            }
            let record = Record(id: .int(7), vector: [1, 2], payload: payload)
            let there = mapping.forward(record)
            #expect(there.payload.count == payload.count + (id == .keep ? 0 : 1), "\(there)")
            #expect(mapping.reverse(there, existing: nil) == record)
            #expect(mapping.agrees(source: record, target: there))
            for name in there.payload.keys {
                var less = there
                less.payload[name] = nil
                #expect(!mapping.agrees(source: record, target: less), "\(name) is not missed")
            }
            let patch = RecordPatch(id: .int(7), set: payload, remove: Self.names)
            let patched = mapping.forward(patch)
            for (name, value) in patched.set { #expect(there.payload[name] == value) }
            #expect(patched.set.count == payload.count)
            if case .uuid5(let field) = id { #expect(!patched.remove.contains(field)) }
        }
    }

    @Test func `a renamed field that takes another's name leaves that one its own`() {
        var rules = MappingRules()
        rules.fields = ["title": "name"]
        let there = mapping(rules).forward(
            Record(id: .int(1), vector: [0, 1], payload: ["title": "t", "name": "n"]))
        #expect(there.payload["name"] == "t" && there.payload["title"] == "n")
        let filter = mapping(rules).forward(
            Filter.and([.equal(field: "title.of", "t"), .exists(field: "name")]))
        #expect(filter == .and([.equal(field: "name.of", "t"), .exists(field: "title")]))
    }

    @Test func `vectors that change names do so both ways`() {
        var rules = MappingRules()
        rules.vectors = ["image": "text"]
        let specs = ["image", "text"].map { VectorSpec(name: $0, dimension: 1, distance: .l2) }
        let shape = CollectionDescription(name: "things", idKind: .int, vectors: specs)
        let mapping = PairMapping(
            rules: rules, source: shape, target: shape,
            sourceCapabilities: StoreCapabilities(), targetCapabilities: StoreCapabilities(),
            uuid5: { $0 })
        let record = Record(id: .int(1), vectors: ["image": .dense([1]), "text": .dense([2])])
        let there = mapping.forward(record)
        #expect(there.vectors == ["text": .dense([1]), "image": .dense([2])])
        #expect(mapping.reverse(there, existing: nil) == record)
    }

    /// Qdrant and Chroma keep the direction of a cosine vector alone, whatever the other side holds.
    @Test(arguments: [true, false])
    func `a vector of float16 that is normalised is compared by its direction`(
        isSourceHalf: Bool
    ) {
        func shape(_ isHalf: Bool) -> CollectionDescription {
            var spec = VectorSpec(dimension: 2, distance: .cosine)
            if isHalf { spec.element = .float16 }
            return CollectionDescription(name: "things", idKind: .int, vectors: [spec])
        }
        var normalizing = StoreCapabilities()
        normalizing.normalizesCosine = true
        let plain = StoreCapabilities()
        let mapping = PairMapping(
            rules: MappingRules(), source: shape(isSourceHalf), target: shape(!isSourceHalf),
            sourceCapabilities: isSourceHalf ? plain : normalizing,
            targetCapabilities: isSourceHalf ? normalizing : plain, uuid5: { $0 })
        let long = Record(id: .int(1), vector: [3, 4])
        // 0.6 and 0.8, rounded to 11 bits.
        let unit = Record(id: .int(1), vector: [0.60009765625, 0.7998046875])
        let other = Record(id: .int(1), vector: [4, 3])
        #expect(mapping.agrees(source: long, target: unit))
        #expect(mapping.agrees(source: unit, target: long))
        #expect(!mapping.agrees(source: other, target: unit))
    }

    /// Qdrant's own kind of id holds integers as they are: what is sent in one's API the other takes.
    @Test(arguments: [
        (CollectionDescription.IDKind.int, CollectionDescription.IDKind.int, true),
        (.int, .intOrUUID, true), (.uuid, .intOrUUID, true), (.intOrUUID, .int, false),
        (.int, .text, false),
    ])
    func `a target that holds the source's ids as they are names them alike`(
        source: CollectionDescription.IDKind, target: CollectionDescription.IDKind, isAlike: Bool
    ) {
        func shape(_ kind: CollectionDescription.IDKind) -> CollectionDescription {
            CollectionDescription(
                name: "things", idKind: kind, vectors: [VectorSpec(dimension: 2, distance: .l2)])
        }
        let mapping = PairMapping(
            rules: MappingRules(), source: shape(source), target: shape(target),
            sourceCapabilities: StoreCapabilities(), targetCapabilities: StoreCapabilities(),
            uuid5: { $0 })
        #expect(mapping.isIdentity == isAlike)
    }

    @Test func `types that change come back as they were`() {
        var rules = MappingRules()
        rules.types = ["n": .int, "f": .float, "t": .text, "b": .bool]
        let mapping = mapping(rules)
        let record = Record(
            id: .int(1), vector: [0, 1],
            payload: ["n": "12", "f": 3, "t": 4, "b": "true", "other": "12"])
        let there = mapping.forward(record)
        #expect(
            there.payload == ["n": 12, "f": .double(3), "t": "4", "b": true, "other": "12"])
        #expect(mapping.agrees(source: record, target: there))
        #expect(mapping.reverse(there, existing: record) == record)
        let filter = mapping.forward(Filter.equal(field: "n", "12"))
        #expect(filter == .equal(field: "n", 12))
    }
}
