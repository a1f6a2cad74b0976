import Foundation
import Processes
import Synchronization

/// A gateway under a moderate mixed load for a given time, while a migration goes round and round
/// behind it.
struct Load: Sendable {
    /// Requests a second of all clients together, at most.
    private static let rate = 200
    private static let records = 1_500

    let seconds: Double

    func run(_ pair: StagePair) async throws -> LoadReport {
        let stage = try Stage(
            pair, records: Load.records,
            // The last time it goes there nobody reads any more.
            pace: .init(
                rate: 1_000, soak: "2s", gateways: 1, deadline: "5s",
                mirrorGuard: "repair_backlog < 5000"))
        print("everything lies in \(stage.folder.path)")
        try await stage.seed()
        let gateway = try stage.gateway(0, log: "gateway", crashAt: nil)
        try await begin(gateway, stage)
        let application = try stage.load(rate: Load.rate, seconds: Int(seconds.rounded(.up)))
        var found: [String] = []
        let progress = Progress(seconds)
        await withTaskGroup(of: String?.self) { group in
            group.addTask { await sample(gateway, application, progress) }
            group.addTask {
                do {
                    try await goRound(stage, application, progress)
                    return nil
                } catch {
                    return "\(error)"
                }
            }
            for await trouble in group {
                if let trouble { found.append(trouble) }
            }
        }
        if try await application.finish(within: 120) != .exited(0) {
            found.append(
                "the application: \(application.said.suffix(2_000))\(application.complained)")
        }
        if found.isEmpty { found += try await settle(stage) }
        let report = LoadReport(
            descriptorBound: pair.connections, samples: progress.samples,
            turns: progress.carousel.turns,
            arrivals: progress.carousel.arrivals, application: application.said,
            ledger: Load.size(stage.ledger),
            events: Load.size(stage.state.appendingPathComponent("events.jsonl")), found: found)
        gateway.signal(SIGTERM)
        let end = try await gateway.finish(within: 30)
        var last = report
        if end != .exited(0) {
            last.found.append("the gateway ended with \(String(describing: end))")
        }
        if last.troubles.isEmpty { stage.remove() }
        return last
    }

    private func begin(_ gateway: Child, _ stage: Stage) async throws {
        for _ in 0..<400 {
            if await stage.answers(0) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Trouble("the gateway does not answer: \(gateway.complained)")
    }

    /// What a process holds, every five seconds, and more often where the time is short.
    private func sample(_ gateway: Child, _ application: Child, _ progress: Progress) async
        -> String?
    {
        let interval = min(5, max(0.5, seconds / 60))
        var said = 0
        while application.isRunning {
            guard let sample = Sample(of: gateway.id, at: progress.age) else {
                return "the gateway ended: \(gateway.complained.suffix(2_000))"
            }
            progress.add(sample)
            if Int(sample.seconds / 60) > said {
                said = Int(sample.seconds / 60)
                print(
                    "\(said) min  \(sample.memory / 1_024) MB  \(sample.descriptors) descriptors  "
                        + "\(sample.threads) threads  \(progress.carousel.turns) turns")
            }
            try? await Task.sleep(for: .milliseconds(Int(interval * 1_000)))
        }
        return nil
    }

    /// For as long as the application runs; then there, and it stays there.
    private func goRound(
        _ stage: Stage, _ application: Child, _ progress: Progress
    ) async throws {
        var carousel = Carousel(stage: stage)
        while application.isRunning {
            try await carousel.turn()
            progress.note(carousel)
        }
        try await carousel.arrive()
        progress.note(carousel)
    }

    /// Nothing is written any more: both stores must hold the same.
    private func settle(_ stage: Stage) async throws -> [String] {
        var difference = ""
        for _ in 0..<30 {
            let diff = try stage.start("plan", ["diff", "plan.yaml"], log: "diff")
            if try await diff.finish(within: 60) == .exited(0) {
                return try await Comparison.difference(stage).map { ["read directly: \($0)"] } ?? []
            }
            difference = "plan diff: \(diff.said)\(diff.complained)"
            // A repair may still be on its way.
            try await Task.sleep(for: .milliseconds(300))
        }
        return [difference]
    }

    private static func size(_ file: URL) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }
}

/// What the tasks of a load know together.
private final class Progress: Sendable {
    private let state: Mutex<(samples: Samples, carousel: Carousel?)>
    private let begun = ContinuousClock.now

    init(_ seconds: Double) { state = Mutex((Samples(length: seconds), nil)) }

    var age: Double {
        let age = ContinuousClock.now - begun
        return Double(age.components.seconds) + Double(age.components.attoseconds) * 1e-18
    }
    var samples: Samples { state.withLock { $0.samples } }
    var carousel: (turns: Int, arrivals: Int) {
        state.withLock { ($0.carousel?.turns ?? 0, $0.carousel?.arrivals ?? 0) }
    }

    func add(_ sample: Sample) { state.withLock { $0.samples.add(sample) } }
    func note(_ carousel: Carousel) { state.withLock { $0.carousel = carousel } }
}
