/// What a gateway counted of one metric since its last observation. Append-only per gateway.
package struct Observation: Hashable, Sendable {
    package var gateway: Int64
    /// The gateway's own counter, from 1.
    package var sequence: Int64
    package var metric: String
    /// Named counts: `trials`, `failures`, or a histogram's buckets.
    package var counts: [String: Int64]

    package init(gateway: Int64, sequence: Int64, metric: String, counts: [String: Int64]) {
        self.gateway = gateway
        self.sequence = sequence
        self.metric = metric
        self.counts = counts
    }
}
