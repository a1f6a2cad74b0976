import Testing

@testable import PlanCore

/// What is said of a pair before anything moves.
@Suite struct PairFidelityTests {
    private func lines(_ indexes: [PayloadIndex], to target: StoreKind) -> [PairFidelity.Line] {
        var source = CollectionDescription(
            name: "products", idKind: .int, vectors: [VectorSpec(dimension: 3, distance: .l2)])
        source.payloadIndexes = indexes
        return PairFidelity(
            .init(.qdrant, StoreCapabilities(), source),
            .init(target, StoreCapabilities(), source), rules: MappingRules()
        ).lines.filter { $0.subject.contains("payload index") }
    }

    @Test func `an index that the target has no kind of is named, the others are counted`() {
        let indexes = [
            PayloadIndex(field: "brand", kind: .keyword), PayloadIndex(field: "at", kind: .geo),
            PayloadIndex(field: "price", kind: .float),
        ]
        #expect(
            lines(indexes, to: .pgvector) == [
                .init("payload indexes", .exact, "2"),
                .init("payload index of 'at'", .left, "pgvector has none of the kind geo"),
            ])
        #expect(lines(indexes, to: .qdrant) == [.init("payload indexes", .exact, "3")])
        #expect(lines(indexes, to: .chroma) == [.init("payload indexes", .left, "chroma has none")])
        #expect(lines([indexes[1]], to: .pgvector).map(\.verdict) == [.left])
        #expect(lines([], to: .pgvector) == [])
    }

    @Test func `a field that the plan converts or drops is not called exact, and no loss`() {
        let shape = CollectionDescription(
            name: "products", idKind: .int, vectors: [VectorSpec(dimension: 3, distance: .l2)])
        func lines(_ rules: MappingRules, nested: [String] = []) -> [PairFidelity.Line] {
            PairFidelity(
                .init(.sqlite, StoreCapabilities(), shape),
                .init(.pgvector, StoreCapabilities(), shape), rules: rules, nestedFields: nested
            ).lines.filter { $0.subject.hasPrefix("payload") }
        }
        #expect(lines(MappingRules()).map(\.text) == ["exactly"])
        var rules = MappingRules()
        rules.types = ["zip": .int, "sku": .text]
        rules.drop = ["notes"]
        let found = lines(rules)
        #expect(
            found.map(\.subject) == [
                "payload", "payload field 'sku'", "payload field 'zip'", "payload field 'notes'",
            ])
        #expect(found.map(\.verdict) == [.exact, .asked, .asked, .asked])
        #expect(found[0].text == "exactly: all but the fields below")
        #expect(
            found[2].text == "as the plan asks: int in the target, and in reads that it answers: "
                + "'0042' becomes 42, 2.0 becomes 2; what is no whole number stays as it is")
        #expect(found[3].note.contains("until the point of no return"))
        #expect(lines(rules, nested: ["deep"]).map(\.verdict).first == .lost(.nested))
    }

    /// What is said of each type is what the mapping makes of such values.
    @Test func `what is said of a conversion is what it does`() {
        var rules = MappingRules()
        rules.types = ["int": .int, "float": .float, "text": .text, "bool": .bool]
        let shape = CollectionDescription(
            name: "products", idKind: .int, vectors: [VectorSpec(dimension: 1, distance: .l2)])
        let mapping = PairMapping(
            rules: rules, source: shape, target: shape, sourceCapabilities: StoreCapabilities(),
            targetCapabilities: StoreCapabilities(), uuid5: { $0 })
        func made(_ field: String, _ value: JSONValue) -> JSONValue {
            let record = Record(id: .int(1), vector: [1], payload: [field: value])
            return mapping.forward(record).payload[field] ?? .null
        }
        #expect(made("int", "0042") == 42 && made("int", .double(2)) == .int(2))
        #expect(made("int", "4.5") == "4.5" && made("int", .double(4.5)) == .double(4.5))
        #expect(made("float", "0.50") == .double(0.5) && made("float", "much") == "much")
        #expect(made("text", 5) == "5")
        #expect(made("bool", "true") == true && made("bool", "yes") == "yes")
    }
}
