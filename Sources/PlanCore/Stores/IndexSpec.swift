/// A vector index to be built: its kind and the store's own parameters.
package struct IndexSpec: Hashable, Sendable {
    /// `hnsw`, `ivfflat`.
    package var kind: String
    package var vector: String
    /// `m`, `ef_construction`, `lists`, … as the plan gives them.
    package var parameters: [String: Int]
    /// Of the collection that is copied, by kind of store: one of the same kind builds as that did
    /// where the plan does not say otherwise.
    package var settings: [String: JSONValue] = [:]

    package init(
        kind: String, vector: String = Record.defaultVector, parameters: [String: Int] = [:]
    ) {
        self.kind = kind
        self.vector = vector
        self.parameters = parameters
    }
}

/// How far an index is.
package enum IndexState: Hashable, Sendable {
    case absent
    /// Fraction done, 0…1, where the store tells.
    case building(progress: Double?)
    case ready
    /// A leftover of a build that failed: drop it before building again.
    case invalid
}
