import Testing

@testable import PlanSync

@Suite struct FollowerLoadTests {
    private let settings = SyncSettings()

    private func entered(_ load: FollowerLoad, _ count: Int) -> Int {
        (0..<count).count { _ in load.enter(settings) }
    }

    @Test func `a quick follower is sent what comes`() {
        let load = FollowerLoad()
        #expect(entered(load, 100) == 100)
        load.leave(after: .milliseconds(2))
        #expect(load.enter(settings))
    }

    @Test func `a slow follower is sent a few writes at once, until it is quick again`() {
        let load = FollowerLoad()
        #expect(load.enter(settings))
        load.leave(after: .seconds(1))
        #expect(entered(load, 100) == settings.followerLegsSlow)
        load.leave(after: .milliseconds(2))
        #expect(load.enter(settings))
        #expect(load.enter(settings))
    }

    @Test func `there is an end to what is under way`() {
        let load = FollowerLoad()
        #expect(entered(load, 2_000) == settings.followerLegsMax)
    }
}
