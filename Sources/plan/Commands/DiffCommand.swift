import Foundation
import JSON
import PlanCore
import PlanLedger
import PlanReport
import PlanRun
import PlanSync

/// Compares both stores now. With a run, differences are confirmed under its intents; without one,
/// what is being written at this moment cannot be told from what differs.
enum DiffCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let format = try arguments.choice("format", of: ["text", "json"])
        let bench = try Workbench(arguments.operands[0])
        guard try await bench.target.describe() != nil else {
            throw Diagnostic(
                "the target has no collection '\(bench.plan.target.collection)' yet",
                hint: "plan apply \(bench.plan.file)")
        }
        let record = try await bench.folder.store.load()
        let scratch =
            FileManager.default.temporaryDirectory.path
            + "/crossfade-diff-\(RealEntropy().identifier())"
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let ledger: SQLiteLedger
        if let record {
            ledger = try bench.folder.openLedger(record.ledger)
            try await RunMembership(bench: bench).confirm(record, ledger)
        } else {
            try FileManager.default.createDirectory(
                atPath: scratch, withIntermediateDirectories: true)
            ledger = try SQLiteLedger.create(
                path: scratch + "/ledger.sqlite", id: "diff", epoch: 0, host: Host.name)
            try await ledger.write(.durable) { rows in
                try rows.setRoute(Route(epoch: 1, follower: .target))
            }
        }
        let session = try await Session.join(
            try await bench.environment(ledger), role: .worker, host: Host.name,
            process: Host.process)
        let task = "diff:\(session.owner.number)"
        let verifier = Verifier(
            session: session, task: task, repairs: false, batchSize: 500,
            rate: RateLimit(perSecond: nil, time: bench.time))
        try await verifier.prepare(ranges: 16)
        try await verifier.run(workers: 2)
        let tally = try await verifier.tally()
        _ = try await ledger.write(.durable) { try $0.deleteChunks(task: task) }
        await session.leave()
        await ledger.close()
        await bench.close()
        report(tally, format ?? "text")
        let differing = tally.missing + tally.extra + tally.mismatched + tally.refused
        return differing == 0 ? .done : .error
    }

    private static func report(_ tally: VerifyTally, _ format: String) {
        if format == "json" {
            Terminal.print(
                JSON.text(.object(tally.counters.mapValues { .int($0) })))
            return
        }
        Terminal.print(
            "compared \(Shown.count(tally.compared)) records: "
                + "\(tally.missing) missing, \(tally.extra) extra, "
                + "\(tally.mismatched) mismatched in the target"
                + (tally.refused > 0 ? "; \(tally.refused) that it refuses to hold" : ""))
    }
}
