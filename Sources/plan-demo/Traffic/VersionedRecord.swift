import PlanCore

/// A record whose vector and payload are both derived from (key, version), so that a mixture of two
/// writes is seen for what it is.
enum VersionedRecord {
    /// The base vector, with its version written into four entries.
    static func vector(_ base: [Float], version: Int) -> [Float] {
        var result = base
        for place in 0..<4 {
            result[place * 7] += Float((version >> (place * 4)) & 15) * 0.001
        }
        return result
    }

    static func payload(_ base: JSONObject, key: Int64, version: Int) -> JSONObject {
        base.merging(["version": .int(Int64(version)), "key": .int(key)]) { $1 }
    }

    /// Whether the vector is the one of this version, within float16 (a store may round) and of
    /// whatever length (a store may normalise).
    static func matches(_ vector: [Float], _ base: [Float], version: Int) -> Bool {
        let wanted = VersionedRecord.vector(base, version: version)
        let scale = length(wanted) > 0 ? length(vector) / length(wanted) : 1
        return vector.count == wanted.count && (0.9...1.1).contains(scale)
            && zip(vector, wanted).allSatisfy { abs($0 - $1 * scale) < 0.000_4 }
    }

    private static func length(_ vector: [Float]) -> Float {
        vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}
