/// A similarity search.
package struct Query: Hashable, Sendable {
    package var vector: Vector
    /// Which of the record's vectors is searched.
    package var using: String
    package var filter: Filter?
    /// Hits wanted.
    package var k: Int
    package var includePayload: Bool
    package var includeVectors: Bool

    package init(
        vector: Vector, using: String = Record.defaultVector, filter: Filter? = nil, k: Int,
        includePayload: Bool = true, includeVectors: Bool = false
    ) {
        self.vector = vector
        self.using = using
        self.filter = filter
        self.k = k
        self.includePayload = includePayload
        self.includeVectors = includeVectors
    }
}

/// One answer of a search. `record` has what the query included; its id is always there.
package struct Hit: Hashable, Sendable {
    package var record: Record
    /// As `Distance` defines it: smaller is nearer.
    package var distance: Double

    package init(record: Record, distance: Double) {
        self.record = record
        self.distance = distance
    }
}
