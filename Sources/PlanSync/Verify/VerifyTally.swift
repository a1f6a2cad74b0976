import PlanCore

/// What a verification found, in keys.
package struct VerifyTally: Hashable, Sendable {
    package var compared: Int64 = 0
    /// Confirmed under an intent; as they stand after repairs.
    package var missing: Int64 = 0
    package var extra: Int64 = 0
    package var mismatched: Int64 = 0
    package var repaired: Int64 = 0
    /// Confirmed on keys that were clean and copied: somebody writes past the gateway.
    package var bypassed: Int64 = 0

    /// Differences that stand because a store will never take the record; in no other count.
    package var refused: Int64 = 0

    /// Keys that were written all the time, marked for repair instead; in no other count.
    package var unsettled: Int64 = 0

    package init() {}

    package init(_ counters: [String: Int64]) {
        compared = counters["compared"] ?? 0
        missing = counters["missing"] ?? 0
        extra = counters["extra"] ?? 0
        mismatched = counters["mismatched"] ?? 0
        repaired = counters["repaired"] ?? 0
        bypassed = counters["bypassed_writes"] ?? 0
        refused = counters["refused"] ?? 0
        unsettled = counters["unsettled"] ?? 0
    }

    package var counters: [String: Int64] {
        [
            "compared": compared, "missing": missing, "extra": extra, "mismatched": mismatched,
            "repaired": repaired, "bypassed_writes": bypassed, "refused": refused,
            "unsettled": unsettled,
        ]
    }

    package static func += (left: inout VerifyTally, right: VerifyTally) {
        left.compared += right.compared
        left.missing += right.missing
        left.extra += right.extra
        left.mismatched += right.mismatched
        left.repaired += right.repaired
        left.bypassed += right.bypassed
        left.refused += right.refused
        left.unsettled += right.unsettled
    }
}
