import Testing

/// Every pair of stores but Milvus's, each a whole migration of its own, four at a time: most of
/// each is waiting for quarantines.
extension BlackBox {
    @Suite(.serialized)
    struct PairTests {
        @Test func `records move between every two stores under names and types of the plan's`()
            async throws
        {
            let kinds = PairTrial.Kind.allCases.filter { $0 != .milvus }
            try await PairTrial.run(kinds.flatMap { from in kinds.map { (from, $0) } })
        }
    }
}

extension PairTrial {
    static func run(_ pairs: [(from: Kind, to: Kind)], atOnce: Int = 4) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, pair) in pairs.enumerated() {
                if number >= atOnce { try await group.next() }
                group.addTask { try await run(from: pair.from, to: pair.to) }
            }
            try await group.waitForAll()
        }
    }
}
