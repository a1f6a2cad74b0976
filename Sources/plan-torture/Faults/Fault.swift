import Foundation
import TestServers

/// Something that happens to what a run stands on, while nobody is killed.
struct Fault: Sendable {
    var name: String
    /// Why it cannot be made here; nil where it can.
    var obstacle: @Sendable () -> String? = { nil }
    var round: @Sendable (PostgresServer) -> Round

    static let all: [Fault] = [
        frozenGateway, frozenExecutor, serverRestarts, serverCrashes, backendsTerminated,
        diskFills, ledgerDeleted, ledgerReplaced, ledgerFromTheDayBefore, targetReadOnly,
        sabotage,
    ]

    /// A round with a disturbance, and a soak long enough for what comes after the cutover.
    static func round(
        _ name: String, soak: String = "4s", _ disturbance: @escaping Round.Disturbance
    ) -> Round {
        Round(name: name, orders: Crew.Orders(), soak: soak, disturbance: disturbance)
    }
}

extension Stage {
    /// Returns when the step runs, or is past.
    func reach(_ step: String) async throws {
        let end = Date().addingTimeInterval(120)
        while Date() < end {
            if let state = steps().first(where: { $0.name == step })?.state,
                ["running", "done", "failed"].contains(state)
            {
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Trouble("the step '\(step)' was never reached")
    }

    func isRunning(_ step: String) -> Bool {
        steps().contains { $0.name == step && $0.state == "running" }
    }
}

func pause(_ seconds: ClosedRange<Double>) async throws {
    try await Task.sleep(for: .milliseconds(Int(Double.random(in: seconds) * 1_000)))
}
