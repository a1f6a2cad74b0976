/// What a person asked of whoever holds the run: `approve`, `pause`, `throttle`, `rollback`,
/// `evict`.
package struct PersonRequest: Hashable, Sendable {
    package var id: Int64
    package var kind: String
    package var argument: String
    package var user: String
    /// Unix seconds.
    package var time: Double

    package init(id: Int64 = 0, kind: String, argument: String, user: String, time: Double) {
        self.id = id
        self.kind = kind
        self.argument = argument
        self.user = user
        self.time = time
    }
}
