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
}
