import PlanCore

/// Records, payloads and filters made from a seed: a failure names it and repeats.
struct Samples: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func vector(_ dimension: Int) -> [Float] {
        (0..<dimension).map { _ in Float.random(in: -1...1, using: &self) }
    }

    static let values: [JSONValue] = [
        nil, true, false, 0, 1, -1, 1.5, 2.0, .double(0.1), .int(9_007_199_254_740_993),
        .double(1e300), "", "1", "x", "xy", "é 'q' \"d\" \\ %_", [1, "x"], [], [["n": 1]], [:],
        ["b": 1], ["b": ["c": "x"]], ["b.c": 1.5], ["b": nil],
    ]
    static let fields = ["a", "b", "a.b", "a.b.c", "it's", "naïve", "b.c"]

    mutating func value() -> JSONValue {
        Samples.values[Int.random(in: 0..<Samples.values.count, using: &self)]
    }

    mutating func field() -> String {
        Samples.fields[Int.random(in: 0..<Samples.fields.count, using: &self)]
    }

    mutating func payload() -> JSONObject {
        var payload: JSONObject = [:]
        for _ in 0..<Int.random(in: 0...4, using: &self) { payload[field()] = value() }
        return payload
    }

    mutating func filter(depth: Int = 3) -> Filter {
        let kind = Int.random(in: depth > 0 ? 0..<16 : 4..<16, using: &self)
        let bound = [-1, 0, 1, 1.5, 2, 0x1p53, 1e300][Int.random(in: 0..<7, using: &self)]
        switch kind {
        case 0: return .and(filters(depth))
        case 1: return .or(filters(depth))
        case 2, 3: return .not(filter(depth: depth - 1))
        case 4: return .equal(field: field(), value())
        case 5: return .notEqual(field: field(), value())
        case 6: return .anyOf(field: field(), [value(), value(), value()])
        case 7: return .less(field: field(), bound)
        case 8: return .lessOrEqual(field: field(), bound)
        case 9: return .greater(field: field(), bound)
        case 10: return .greaterOrEqual(field: field(), bound)
        case 11: return .exists(field: field())
        case 12: return .contains(field: field(), value())
        case 13: return .holds(field: field(), [value()])
        case 14: return .holds(field: field(), [value(), value(), value()])
        default:
            return .hasID((0..<3).map { _ in .int(Int64.random(in: -5...80, using: &self)) })
        }
    }

    private mutating func filters(_ depth: Int) -> [Filter] {
        (0..<Int.random(in: 0...3, using: &self)).map { _ in filter(depth: depth - 1) }
    }

    static func record(_ id: RecordID, _ payload: JSONObject = [:]) -> Record {
        Record(id: id, vector: [1, 0.5, -0.25, 2], payload: payload)
    }

    static func records(_ ids: some Sequence<Int>, _ payload: JSONObject = [:]) -> [Record] {
        ids.map { record(.int(Int64($0)), payload) }
    }

    /// Ids that a collection of this kind takes, in no order.
    static func ids(_ kind: CollectionDescription.IDKind) -> [RecordID] {
        let texts = [
            "b", "a", "B", "10", "9", "é", "e\u{301}", "🙂", "line\nbreak", "it's \"so\"", " ",
            "%_\\", String(repeating: "x", count: 2_000),
        ].map(RecordID.string)
        let integers: [RecordID] = [3, -7, 0, .max, .min, 10, 9].map { .int($0) }
        let uuids = [
            "ffffffff-0000-4000-8000-000000000000", "00000000-0000-0000-0000-000000000001",
            "9b2d1a34-5555-4abc-8def-0123456789ab",
        ].compactMap(RecordID.init(uuid:))
        switch kind {
        case .int: return integers
        case .text: return texts
        case .uuid: return uuids
        case .intOrText: return texts + integers
        case .intOrUUID: return uuids + [.int(3), .int(0), .int(.max)]
        }
    }
}
