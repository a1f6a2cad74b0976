import PlanCore
import Testing

@testable import PlanSync

/// Whose route a process follows when it joins a run, and then another, or the same once more.
@Suite struct RouteViewTests {
    private func joined(_ epoch: Int64) throws -> RouteView {
        let view = RouteView(now: .zero)
        try view.join(Route(epoch: epoch, follower: .target), of: "a", asked: .zero)
        return view
    }

    @Test(arguments: [1, 5] as [Int64])
    func `another run's route is followed, though its epoch is no higher`(epoch: Int64) throws {
        let view = try joined(5)
        try view.join(Route(epoch: epoch, authority: .target), of: "b", asked: .seconds(1))
        #expect(view.route == Route(epoch: epoch, authority: .target))
        #expect(view.drained == epoch)
    }

    @Test func `but not while something goes on under the run before`() throws {
        let view = try joined(5)
        let begun = view.enter()
        #expect(throws: LedgerError.self) {
            try view.join(Route(epoch: 1), of: "b", asked: .zero)
        }
        #expect(view.route.epoch == 5)
        // A ledger that was made anew goes on above: what goes on is waited for before it is
        // acknowledged.
        try view.join(Route(epoch: 9), of: "c", asked: .zero)
        #expect(view.route.epoch == 9 && view.drained == nil)
        view.leave(begun)
        #expect(view.drained == 9)
    }

    @Test func `an older copy of the same ledger is refused, and its route not followed`() throws {
        let view = try joined(5)
        #expect {
            try view.join(Route(epoch: 4), of: "a", asked: .zero)
        } throws: { error in
            guard case LedgerError.unreadable(let why) = error else { return false }
            return why.contains("its epoch is 4, and was 5")
        }
        #expect(view.route == Route(epoch: 5, follower: .target))
        try view.join(Route(epoch: 5, follower: .target), of: "a", asked: .seconds(2))
        #expect(view.refreshed == .seconds(2))
    }
}
