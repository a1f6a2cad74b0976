import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// A migration there and back, or on, with a real client's calls made in every phase of a server
/// that never moves and of the gateway, and every answer compared.
struct DialectTrial {
    static let limits = "deadline: 5s, quarantine: 5s"

    let calls: ClientCalls
    var plan: PlanText
    /// Said with what is printed, where several run at once.
    var label = ""
    /// Of the target that is made.
    var distance = "cosine"
    /// Long enough for the calls that are made under it, once they have begun.
    var mirrorSeconds = 15
    /// Whether calls are made while writes are held, too.
    var holdsWrites = false
    var fillsThroughGateway = false
    /// To the end, where the source is no more; else back.
    var goesOn = false

    private var sandbox: Sandbox { calls.sandbox }

    private var steps: [String] {
        [
            "create_target: {distance: \(distance)}", "dual_write",
            "backfill: {workers: 2, batch_size: 100}", PlanText.verify,
            "mirror: {percent: 100, count: 10, duration: \(mirrorSeconds)s}\n"
                + "    guards: [repair_backlog < 9999]",
            """
            cutover:
                  steps: [{set_weight: 30}, {pause: {}}, {set_weight: 100}]
                  write_pause_max: \(holdsWrites ? 100 : 2)s
                guards: [repair_backlog < 9999]
            """,
            "soak: {duration: 1s}\n    guards: [repair_backlog < 9999]",
        ] + (goesOn ? ["decommission: {source: drop}"] : [])
    }

    func run() async throws {
        var plan = plan
        plan.steps = steps
        // What is held waits for all reads; answers must not depend on how fast the target is.
        plan.speak =
            (calls.client == .qdrant ? "qdrant" : "chroma")
            + ", follower_ack_max: 20s, limits: {request_deadline: 300s}"
        try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
        let gateway = try await sandbox.startGateway()
        if fillsThroughGateway {
            try await calls.fill("http://127.0.0.1:\(sandbox.port)", isMade: true)
        }
        try await compare("single", seed: 2, authority: "source", weight: 0)
        try await apply("dual_write")
        try await compare("dual", seed: 3, authority: "source", weight: 0)
        try await mirrored()
        // Waits for a person at 30%.
        try await apply("cutover", code: 4)
        try await compare("weighted", seed: 5, authority: "source", weight: 30)
        try await approve("cutover")
        if holdsWrites { try await held() } else { try await apply("cutover") }
        try await compare("target", seed: 6, authority: "target", weight: 0)
        if goesOn {
            try await apply("decommission", code: 4)
            try await approve("decommission")
            try await apply("decommission")
            try await compare("decommissioned", seed: 7, authority: "target", weight: 0)
            gateway.kill(SIGTERM)
            _ = try await gateway.finish(within: 60)
            _ = try await sandbox.startGateway()
            try await joined()
            try await compare("started again", seed: 8, authority: "target", weight: 0)
            return
        }
        let back = try await sandbox.run("plan", "rollback", "plan.yaml")
        #expect(back.code == 5, "\(back.output)\(back.errors)")
        try await compare("rolled back", seed: 7, authority: "source", weight: 0)
    }

    private func joined() async throws {
        for _ in 0..<2_000 {
            let state = try await sandbox.get("/status")["gateway"]["state"]
            if state.text == "attached" { return }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// While the target is asked every read too.
    private func mirrored() async throws {
        let apply = try sandbox.start("plan", "apply", "plan.yaml", "--until", "mirror")
        for _ in 0..<12_000 where apply.isRunning {
            let route = try await sandbox.get("/status")["gateway"]["route"]
            if route["mirror"].number == 100 { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        try await compare("mirror", seed: 4, authority: "source", weight: 0)
        let offered = try await sandbox.get("/status")["gateway"]["mirror"]["offered"]
        #expect(offered.number ?? 0 > 0, "\(offered)")
        let applied = try await apply.finish()
        if Sandbox.wasTooSlow(applied) { return try await self.apply("mirror") }
        #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
    }

    /// The executor dies while writes are held: they stay held until the next one goes on.
    private func held() async throws {
        sandbox.variables["CROSSFADE_CRASH_AT"] = "in-hold:1"
        let killed = try await sandbox.apply("--until", "cutover")
        sandbox.variables["CROSSFADE_CRASH_AT"] = nil
        #expect(killed.errors.contains("killed at in-hold"), "\(killed.output)\(killed.errors)")
        for _ in 0..<500 {
            if try await sandbox.get("/status")["gateway"]["route"]["hold"] != .null { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        // The script itself sees that its first write waits until all reads were answered.
        let seen = try await calls.compareHeld(seed: 9) { try await apply("cutover") }
        let said = seen.output.split(separator: "\n").last ?? ""
        print("\(calls.client.rawValue)\(label), \(said)")
        #expect(seen.code == 0, "\(seen.output)\(seen.errors)")
    }

    private func apply(_ step: String, code: Int32 = 0) async throws {
        let applied = try await sandbox.apply("--until", step)
        #expect(applied.code == code, "\(step): \(applied.output)\(applied.errors)")
    }

    private func approve(_ step: String) async throws {
        let approved = try await sandbox.run("plan", "approve", "plan.yaml", step)
        #expect(approved.code == 0, "\(approved.errors)")
    }

    private func compare(
        _ phase: String, seed: Int, authority: String, weight: Double
    ) async throws {
        let route = try await sandbox.get("/status")["gateway"]["route"]
        #expect(route["authority"].text == authority, "\(phase): \(route)")
        #expect(route["weight"].number == weight, "\(phase): \(route)")
        let seen = try await calls.compare(phase, seed: seed)
        print("\(calls.client.rawValue)\(label), \(seen.output)", terminator: "")
        #expect(seen.code == 0, "\(seen.output)\(seen.errors)")
    }
}

extension DialectTrial {
    /// A new database, whose address the sandbox's programs are told.
    static func postgres(for sandbox: Sandbox) throws -> String {
        sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
        return "{store: pgvector, url: \"env:NEW_DATABASE_URL\", table: things, \(limits)}"
    }

    static func sqlite(_ path: String) -> String {
        "{store: sqlite, path: \(path), table: things, \(limits)}"
    }

    /// `old.sqlite` with an empty table, for a client that fills it through the gateway.
    static func makeSQLite(
        in sandbox: Sandbox, ids: CollectionDescription.IDKind
    ) async throws {
        let old = SQLiteStore(
            configuration: SQLiteStoreConfiguration(
                path: sandbox.path("old.sqlite"), table: "things"))
        try await old.create(
            CollectionDescription(
                name: "things", idKind: ids,
                vectors: [VectorSpec(dimension: 16, distance: .cosine)]))
        await old.close()
    }
}
