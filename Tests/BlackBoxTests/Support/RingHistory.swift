/// What was acknowledged of each key, and until when it was the last.
struct RingHistory {
    /// As much of a record as tells its versions apart.
    struct State: Hashable, CustomStringConvertible {
        var isThere: Bool
        var version: Double?

        static let absent = State(isThere: false, version: nil)

        var description: String {
            isThere ? version.map { "version \($0)" } ?? "as it was seeded" : "nothing"
        }
    }

    private var past: [Int64: [(state: State, until: ContinuousClock.Instant)]] = [:]
    /// How long what is over is remembered.
    private let span: Duration

    init(span: Duration) { self.span = span }

    /// Another state of the key was acknowledged.
    mutating func supersede(_ key: Int64, _ state: State, at now: ContinuousClock.Instant) {
        past[key, default: []].removeAll { $0.until + span < now }
        past[key, default: []].append((state, now))
    }

    /// Whether the key was last acknowledged in this state at some moment since.
    func held(_ key: Int64, _ state: State, since begin: ContinuousClock.Instant) -> Bool {
        past[key, default: []].contains { $0.state == state && $0.until >= begin }
    }
}
