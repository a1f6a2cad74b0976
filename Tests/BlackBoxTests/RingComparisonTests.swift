import PlanCore
import Testing

/// What the ring is judged by sees each way in which a record can be another.
@Suite struct RingComparisonTests {
    private static let wanted = Record(
        id: .int(7), vector: [0.6, 0.8], payload: ["a": .int(1), "deep": .object(["b": .null])])

    @Test func `the same record is no difference`() {
        let held: [Int64: Record] = [7: Self.wanted]
        #expect(RingComparison.differences(held, held).isEmpty)
    }

    @Test(arguments: [
        ("lost", [Int64: Record]()),
        ("should not be there", [7: wanted, 8: wanted]),
        ("payload", [7: Record(id: .int(7), vector: [0.6, 0.8], payload: ["a": .int(2)])]),
        ("payload", [7: Record(id: .int(7), vector: [0.6, 0.8], payload: ["a": .int(1)])]),
        ("direction", [7: Record(id: .int(7), vector: [0.8, 0.6], payload: wanted.payload)]),
        ("direction", [7: Record(id: .int(7), vector: [0.6], payload: wanted.payload)]),
        ("direction", [7: Record(id: .int(7), vector: [0, 0], payload: wanted.payload)]),
    ])
    func `another record is a difference`(word: String, found: [Int64: Record]) {
        let said = RingComparison.differences(found, [7: Self.wanted])
        #expect(said.count == 1 && said.first?.contains(word) == true, "\(said)")
    }
}
