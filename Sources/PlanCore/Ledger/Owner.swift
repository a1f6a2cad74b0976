/// A process of a run, as the ledger knows it. Its number is never used again.
package struct Owner: Hashable, Sendable {
    package enum Role: String, Hashable, Sendable {
        case gateway, worker, executor
        /// A person said that it is gone for good. Should it live after all, nothing it begins from
        /// here on counts: it has to join again.
        case evicted
    }

    package var number: Int64
    package var role: Role
    package var host: String
    package var process: Int32

    package init(number: Int64, role: Role, host: String, process: Int32) {
        self.number = number
        self.role = role
        self.host = host
        self.process = process
    }
}

/// A gateway's row: what the acknowledgement barrier waits for.
package struct GatewayRow: Hashable, Sendable {
    package var owner: Int64
    package var name: String
    /// The newest epoch that it follows, with everything begun earlier drained. −1: none yet.
    package var acknowledged: Int64
    /// Unix seconds of its last sign of life, for people to read.
    package var seen: Double
    /// Requests it has had from the application.
    package var requests: Int64

    package init(
        owner: Int64, name: String, acknowledged: Int64, seen: Double, requests: Int64
    ) {
        self.owner = owner
        self.name = name
        self.acknowledged = acknowledged
        self.seen = seen
        self.requests = requests
    }
}
