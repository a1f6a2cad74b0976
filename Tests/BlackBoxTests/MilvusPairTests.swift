import Testing

/// The pairs with Milvus, of which a host has one.
extension BlackBox {
    @Suite(.serialized)
    struct MilvusPairTests {
        @Test func `records move between Milvus and every store under names of the plan's`()
            async throws
        {
            let kinds = PairTrial.Kind.allCases
            try await PairTrial.run(
                kinds.map { (.milvus, $0) }
                    + kinds.filter { $0 != .milvus }.map { ($0, .milvus) })
        }
    }
}
