import PlanCore
import PlanSync

/// The mapping that users get, between the simulated pair; wrong where a mutant wants it wrong.
package struct SimulatedMapping: RecordMapping {
    private let pair: PairMapping
    private let flaws: ProtocolFlaws

    init(
        _ rules: MappingRules, source: CollectionDescription, target: CollectionDescription,
        flaws: ProtocolFlaws
    ) {
        let capabilities = StoreCapabilities()
        self.pair = PairMapping(
            rules: rules, source: source, target: target, sourceCapabilities: capabilities,
            targetCapabilities: capabilities, uuid5: SimulatedMapping.uuid)
        self.flaws = flaws
    }

    /// As good as any: another UUID for each name, and always the same.
    private static func uuid(_ name: String) -> String {
        var state = SeededRandom(
            seed: name.utf8.reduce(0xcbf2_9ce4_8422_2325) { hash, byte in
                (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            })
        func digits(_ count: Int) -> String {
            let text = String(state.next(), radix: 16)
            return String((String(repeating: "0", count: 16) + text).suffix(count))
        }
        return "\(digits(8))-\(digits(4))-5\(digits(3))-8\(digits(3))-\(digits(12))"
    }

    func trueKey(of record: Record, on side: Side) -> RecordID? {
        pair.key(of: record, on: side)
    }

    package var keepsOrder: Bool { pair.keepsOrder }
    package var keepsIDs: Bool { pair.keepsIDs }

    package func id(of key: RecordID, on side: Side) -> RecordID? {
        if case .string(let text) = key, let number = Int64(text) {
            return pair.id(of: .int(number), on: side)
        }
        return pair.id(of: key, on: side)
    }

    package func key(of record: Record, on side: Side) -> RecordID? {
        let key = pair.key(of: record, on: side)
        guard flaws.contains(.keySpelledTwice), side == .target, case .int(let number)? = key
        else { return key }
        return .string(String(number))
    }

    package func reverse(_ record: Record, existing: Record?) -> Record {
        pair.reverse(record, existing: flaws.contains(.reverseLossy) ? nil : existing)
    }

    package func forward(_ record: Record) -> Record { pair.forward(record) }
    package func agrees(source: Record, target: Record) -> Bool {
        pair.agrees(source: source, target: target)
    }
    package func refusal(of record: Record) -> String? { pair.refusal(of: record) }
    package func forward(_ patch: RecordPatch) -> RecordPatch { pair.forward(patch) }
    package func forward(_ filter: Filter) -> Filter { pair.forward(filter) }
    package func forward(vector name: String) -> String { pair.forward(vector: name) }
}
