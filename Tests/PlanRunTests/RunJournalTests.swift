import Foundation
import PlanCore
import PlanRun
import Testing

@Suite struct RunJournalTests {
    private struct StillTime: TimeSource {
        var now: Duration { .zero }
        var unixTime: Double { 0 }
        func sleep(for duration: Duration) async throws {}
    }

    /// A step, its guards and a person's requests change the record at the same moments.
    @Test func `changes made at once are all kept, in memory and on disk`() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/run-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let record = RunRecord(
            plan: "demo", digest: "abc", text: "plan: 1\n",
            source: .init(kind: "sqlite", instance: "/a#1", collection: "t"), ledger: "l",
            steps: [.init(name: "one", kind: "dual_write")], begun: 0)
        let journal = RunJournal(
            record: record, store: FileRunStore(folder: folder), time: StillTime())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await journal.update { $0.steps[0].notes["\(number)"] = "kept" }
                }
            }
            try await group.waitForAll()
        }
        let saved = try await FileRunStore(folder: folder).load()
        #expect(await journal.record.steps[0].notes.count == 50)
        #expect(saved?.steps[0].notes.count == 50)
        #expect(saved?.serial == record.serial + 50)
    }
}
