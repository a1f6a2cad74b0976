import PlanCore
import PlanSync

/// Runs a walk, and tells people what it keeps meeting while it gets no further.
struct WatchedWalk: Sendable {
    private static let pause = Duration.seconds(1)

    let walk: any Walk
    let context: RunContext

    func run(workers: Int) async throws {
        let walk = walk
        // Of an earlier try, which was ended while it waited.
        try await context.clearWaiting()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await walk.run(workers: workers)
                return true
            }
            group.addTask {
                try await tell()
                return false
            }
            defer { group.cancelAll() }
            while let isWalk = try await group.next() { if isWalk { break } }
        }
        try await context.clearWaiting()
    }

    private func tell() async throws {
        var told: String?
        var place: ChunkProgress?
        while true {
            try await context.time.sleep(for: WatchedWalk.pause)
            // Where the ledger does not answer the walk itself says so.
            guard let now = try? await walk.progress() else { continue }
            if now != place { walk.forgetTrouble() }
            place = now
            let text = walk.trouble.map { "trying again after \($0)" }
            guard text != told else { continue }
            let written: Void? = try? await context.ledger.write(.relaxed) {
                try $0.setStatus("waiting", text)
            }
            if written != nil { told = text }
        }
    }
}
