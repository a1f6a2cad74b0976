import PlanCore

/// A mirrored read whose two answers do not agree.
package struct Discrepancy: Hashable, Sendable {
    package var read: String
    /// Unix seconds.
    package var time: Double
    package var overlap: Double
    package var source: [Hit]
    package var target: [Hit]
    package var verdict: String
}

/// Where discrepancies are written down, one a line.
package protocol DiscrepancySink: Sendable {
    func write(_ discrepancy: Discrepancy) async
}

package struct NoDiscrepancies: DiscrepancySink {
    package init() {}
    package func write(_ discrepancy: Discrepancy) async {}
}
