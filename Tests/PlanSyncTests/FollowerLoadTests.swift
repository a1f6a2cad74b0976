import PlanCore
import Testing

@testable import PlanSync

@Suite struct FollowerLoadTests {
    private let settings = SyncSettings()

    private func entered(_ load: FollowerLoad, _ count: Int) -> Int {
        (0..<count).count { _ in load.enter(settings, bytes: 100) }
    }

    @Test func `a quick follower is sent what comes`() {
        let load = FollowerLoad()
        #expect(entered(load, 100) == 100)
        load.leave(after: .milliseconds(2), bytes: 100)
        #expect(load.enter(settings, bytes: 100))
    }

    @Test func `a slow follower is sent a few writes at once, until it is quick again`() {
        let load = FollowerLoad()
        #expect(load.enter(settings, bytes: 100))
        load.leave(after: .seconds(1), bytes: 100)
        #expect(entered(load, 100) == settings.followerLegsSlow)
        load.leave(after: .milliseconds(2), bytes: 100)
        #expect(load.enter(settings, bytes: 100))
        #expect(load.enter(settings, bytes: 100))
    }

    @Test func `there is an end to what is under way`() {
        let load = FollowerLoad()
        #expect(entered(load, 2_000) == settings.followerLegsMax)
    }

    @Test func `a follower that hangs holds so many bytes, however few the writes`() {
        let load = FollowerLoad()
        let piece = settings.followerBytesMax / 4
        #expect((0..<10).count { _ in load.enter(settings, bytes: piece) } == 4)
        #expect(!load.enter(settings, bytes: 1))
        load.leave(after: .milliseconds(2), bytes: piece)
        #expect(load.enter(settings, bytes: piece))
        for _ in 0..<4 { load.leave(after: .milliseconds(2), bytes: piece) }
        // One that is larger than all of it goes, alone.
        #expect(load.enter(settings, bytes: piece * 9))
        #expect(!load.enter(settings, bytes: 1))
    }

    @Test func `a write weighs what it holds`() {
        let text = String(repeating: "x", count: 10_000)
        let record = Record(
            id: .int(1), vector: [Float](repeating: 0, count: 1_000),
            payload: ["a": .array([.string(text)])])
        let weight = WriteOperation.upsert([record, record]).weight
        #expect((28_000..<29_000).contains(weight))
        #expect(WriteOperation.delete([.int(1), .int(2)]).weight < 100)
        let patch = RecordPatch(id: .int(1), set: ["a": .string(text)])
        #expect((10_000..<10_200).contains(WriteOperation.update([patch]).weight))
    }
}
