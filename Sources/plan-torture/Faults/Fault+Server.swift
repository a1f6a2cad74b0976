import Foundation
import Postgres
import TestServers

/// What can happen to the target's server.
extension Fault {
    static let serverRestarts = Fault(name: "PostgreSQL restarts") { server in
        round("PostgreSQL restarts") { stage, crew in
            try await often(stage, crew) { try await blocking { try server.restart() } }
        }
    }

    static let serverCrashes = Fault(name: "PostgreSQL crashes") { server in
        round("PostgreSQL crashes") { stage, crew in
            try await often(stage, crew) {
                try await blocking {
                    try server.crash()
                    try server.start()
                }
            }
        }
    }

    /// In the middle of the backfill, as reads and authority move, and while the target leads.
    private static func often(
        _ stage: Stage, _ crew: Crew, _ body: () async throws -> Void
    ) async throws {
        try await stage.reach("backfill")
        try await pause(0.5...1.5)
        try await body()
        try await stage.reach("create_index")
        try await body()
        try await stage.reach("cutover")
        try await pause(0...1)
        try await body()
        try await stage.reach("soak")
        try await body()
        try await pause(0.5...1)
    }

    static let backendsTerminated = Fault(name: "backends are terminated") { server in
        round("backends are terminated") { stage, _ in
            for step in ["backfill", "verify", "cutover", "soak"] {
                try await stage.reach(step)
                for _ in 0..<12 where stage.isRunning(step) {
                    try await pause(0.05...0.3)
                    try terminate(server)
                }
            }
        }
    }

    static let targetReadOnly = Fault(name: "the target turns read-only") { server in
        round("the target turns read-only") { stage, _ in
            for step in ["backfill", "mirror", "soak"] {
                try await stage.reach(step)
                try await pause(0.2...0.8)
                try setReadOnly(true, stage, server)
                try await pause(1.5...2.5)
                try setReadOnly(false, stage, server)
                try await pause(0.3...0.6)
            }
        }
    }

    /// That the checks can fail: records are lost behind the run's back once all was verified.
    static let sabotage = Fault(name: "sabotage that the checks must find") { _ in
        var round = round("sabotage that the checks must find", soak: "1s") { stage, _ in
            try await stage.reach("soak")
            let connection = try PostgresServer.connect(stage.pair.database)
            try connection.run("DELETE FROM packages WHERE id % 3 = 0")
        }
        round.findings = ["plan diff", "read directly", "✗"]
        return round
    }

    private static func terminate(_ server: PostgresServer) throws {
        try server.connect("postgres").run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                + "WHERE application_name = 'crossfade' AND random() < 0.7")
    }

    private static func setReadOnly(
        _ isOn: Bool, _ stage: Stage, _ server: PostgresServer
    ) throws {
        let name = stage.pair.database.split(separator: "/").last.map(String.init) ?? ""
        let connection = try server.connect("postgres")
        try connection.run(
            "ALTER DATABASE \(name) SET default_transaction_read_only = \(isOn ? "on" : "off")")
        // Only new connections take it up.
        try connection.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                + "WHERE application_name = 'crossfade'")
    }

    /// On a thread of its own: it waits for processes.
    private static func blocking(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread { done.resume(with: Result { try body() }) }
        }
    }
}
