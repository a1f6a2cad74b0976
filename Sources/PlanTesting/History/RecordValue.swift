import PlanCore

/// What the simulated application stores: every part of a record tells which write made it.
package enum RecordValue {
    package static let dimension = 3
    /// The stamp of what was there before the application wrote.
    package static let initial = 0
    /// Groups that deletes by filter name.
    package static let groups = 2

    package static func key(_ number: Int) -> RecordID { .int(Int64(number)) }

    package static func group(_ stamp: Int) -> Int { stamp % groups }

    private static func vector(_ key: Int, _ stamp: Int) -> [Float] {
        [Float(key) + 0.1, Float(stamp) + 0.1, Float((key * 31 + stamp * 17) % 97) / 7]
    }

    /// True where not even a store of half precision could have held the record.
    package static func isExact(_ record: Record, key: Int) -> Bool {
        int(record, "v").map { record.vector == vector(key, $0) } ?? false
    }

    private static func check(_ key: Int, _ stamp: Int) -> Int64 {
        Int64((key * 7_919 + stamp * 104_729) % 999_983)
    }

    package static func record(key: Int, stamp: Int) -> Record {
        Record(
            id: self.key(key), vector: vector(key, stamp),
            payload: [
                "v": .int(Int64(stamp)), "c": .int(check(key, stamp)),
                "g": .int(Int64(group(stamp))),
            ])
    }

    package static func patch(key: Int, stamp: Int) -> RecordPatch {
        RecordPatch(
            id: self.key(key),
            set: ["u": .int(Int64(stamp)), "d": .int(check(key, stamp))])
    }

    /// Which writes made the record; nil where its parts contradict each other.
    package static func read(_ record: Record, key: Int) -> ValueSeen? {
        guard let stamp = int(record, "v"), let held = record.vector,
            Fidelity.half.agree(.dense(held), .dense(vector(key, stamp))),
            int(record, "c") == Int(check(key, stamp)), int(record, "g") == group(stamp)
        else { return nil }
        guard let update = int(record, "u") else {
            return record.payload["d"] == nil ? ValueSeen(stamp: stamp, update: nil) : nil
        }
        guard int(record, "d") == Int(check(key, update)) else { return nil }
        return ValueSeen(stamp: stamp, update: update)
    }

    private static func int(_ record: Record, _ field: String) -> Int? {
        if case .int(let value)? = record.payload[field] { Int(value) } else { nil }
    }
}

/// The write of the whole record and the partial update that a record shows.
package struct ValueSeen: Hashable, Sendable {
    package var stamp: Int
    package var update: Int?
}

enum ValueText {
    static func of(_ record: Record) -> String {
        guard case .int(let number) = record.id else { return record.id.canonical }
        guard let seen = RecordValue.read(record, key: Int(number)) else {
            return "\(number) torn"
        }
        return "\(number)=\(seen.stamp)" + (seen.update.map { "+\($0)" } ?? "")
    }
}
