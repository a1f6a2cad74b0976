import Foundation

/// Processes that stop and go on, as under a debugger, a full machine or a migrating host.
extension Fault {
    /// A gateway sleeps through flips: they wait for it, or are given up, and nothing it does when
    /// it wakes is of the past.
    static let frozenGateway = Fault(name: "a gateway frozen across flips") { _ in
        round("a gateway frozen across flips", soak: "1s") { stage, crew in
            try await stage.reach("dual_write")
            try await freeze(.gatewayTwo, crew, 0.5...1)
            try await stage.reach("cutover")
            while stage.isRunning("cutover") {
                try await freeze([Role.gatewayOne, .gatewayTwo].randomElement(), crew, 0.05...0.9)
                try await pause(0.1...0.5)
            }
            try await freeze(.gatewayTwo, crew, 2.5...3)
        }
    }

    /// The executor and the worker sleep longer than any quarantine: what they hold stays theirs.
    static let frozenExecutor = Fault(name: "executor and worker frozen") { _ in
        round("executor and worker frozen", soak: "1s") { stage, crew in
            try await stage.reach("backfill")
            for _ in 0..<3 {
                try await pause(0.2...0.6)
                try await freeze([Role.executor, .worker].randomElement(), crew, 1.2...2.2)
            }
            try await stage.reach("cutover")
            while stage.isRunning("cutover") {
                // Longer than a hold may last: a gateway ends it.
                try await freeze(.executor, crew, 0.5...3)
                try await pause(0.3...1)
            }
        }
    }

    private static func freeze(
        _ role: Role?, _ crew: Crew, _ seconds: ClosedRange<Double>
    ) async throws {
        guard let role, let child = await crew.child(role) else { return }
        child.signal(SIGSTOP)
        do {
            try await pause(seconds)
        } catch {
            child.signal(SIGCONT)
            throw error
        }
        child.signal(SIGCONT)
    }
}
