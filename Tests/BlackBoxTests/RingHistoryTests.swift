import PlanCore
import Testing

/// What a read that lags may show: a state that was the last one acknowledged within the bound.
@Suite struct RingHistoryTests {
    private static let one = RingHistory.State(isThere: true, version: 1)
    private static let two = RingHistory.State(isThere: true, version: 2)
    private let start = ContinuousClock.now

    private var history: RingHistory {
        var history = RingHistory(span: .seconds(10))
        history.supersede(7, Self.one, at: start)
        history.supersede(7, Self.two, at: start + .seconds(4))
        return history
    }

    @Test func `a state that was over before the bound is not excused`() {
        #expect(history.held(7, Self.one, since: start - .seconds(1)))
        #expect(!history.held(7, Self.one, since: start + .seconds(1)))
        #expect(history.held(7, Self.two, since: start + .seconds(1)))
    }

    @Test func `a state that never was is not excused`() {
        let never = RingHistory.State(isThere: true, version: 3)
        #expect(!history.held(7, never, since: start - .seconds(9)))
        #expect(!history.held(7, .absent, since: start - .seconds(9)))
        #expect(!history.held(7, RingHistory.State(isThere: true), since: start - .seconds(9)))
        #expect(!history.held(8, Self.one, since: start - .seconds(9)))
    }

    @Test func `what is older than is remembered is forgotten`() {
        var history = history
        history.supersede(7, .absent, at: start + .seconds(11))
        #expect(!history.held(7, Self.one, since: start - .seconds(9)))
        #expect(history.held(7, Self.two, since: start - .seconds(9)))
    }

    @Test(arguments: [
        // While Milvus follows, and from the cutover to the end of following: never.
        ("target", "source", "target", 0, false), ("target", "source", "target", 30, false),
        ("target", "target", "source", 0, false), ("target", "target", nil, 0, true),
        // Away from Milvus: until reads begin to move.
        ("source", "source", nil, 0, true), ("source", "source", "target", 0, true),
        ("source", "source", "target", 30, false), ("source", "target", "source", 0, false),
        ("source", "target", nil, 0, false),
    ])
    func `reads are late only where nothing but the store that lags has all`(
        side: String, authority: String, follower: String?, weight: Int64, isLate: Bool
    ) {
        let route: JSONValue = [
            "authority": .string(authority), "follower": follower.map(JSONValue.string) ?? .null,
            "weight": .int(weight),
        ]
        let lag = RingTraffic.Lag(side: side, bound: .seconds(2))
        #expect(lag.shows(under: route) == isLate)
    }
}
