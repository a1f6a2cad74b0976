import Foundation
import Glibc
import PlanCore
import PlanLedger
import PlanRun
import PlanSync

/// A new ledger for a run that lost its own: at a higher epoch, authority as `run.json` says, or a
/// person where that cannot know, and every key to be compared again.
enum RecoverCommand {
    /// Above any epoch that the lost ledger can have reached unseen.
    private static let leap: Int64 = 1_000_000

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let bench = try Workbench(arguments.operands[0])
        let folder = bench.folder
        guard let lock = RunLock(folder: folder.path) else { throw RunOpener.HeldElsewhere() }
        defer { withExtendedLifetime(lock) {} }
        var record = try await PersonCommands.record(folder)
        try refuseWhereItServes(folder, record, bench.plan)
        record.authority = try authority(record, arguments.value("authority"), bench.plan)
        setAside(folder)
        let wasFollowing = following(record, bench.plan)
        // The claim names the lost ledger; the next apply claims anew.
        try await bench.target.release(
            RunClaim(
                run: record.ledger, plan: bench.plan.name, host: Host.name, state: folder.path))
        record.ledger = RealEntropy().identifier()
        record.epoch += leap
        record.intendedFlip = nil
        record.serial += 1
        let ledger = try folder.createLedger(record.ledger, epoch: record.epoch)
        let route = Route(
            epoch: record.epoch, authority: record.authority,
            follower: wasFollowing ? record.authority.other : nil)
        try await ledger.write(.durable) { try $0.setRoute(route) }
        var marked = 0
        if wasFollowing {
            let mapping = try await bench.mapping()
            for side in Side.allCases {
                marked += try await markAll(side, bench, mapping, ledger)
            }
        }
        try await folder.store.save(record)
        await ledger.close()
        await bench.close()
        Terminal.print(
            "a new ledger at epoch \(record.epoch), the \(record.authority.rawValue) is the "
                + "authority, \(marked) keys will be compared again")
        Terminal.print(
            "next: restart the gateways, then plan apply \(bench.plan.file)")
        return .done
    }

    /// Who died while authority moved may have moved it or not, and the wrong side's records would
    /// overwrite the right one's.
    private static func authority(
        _ record: RunRecord, _ said: String?, _ plan: Plan
    ) throws -> Side {
        let words = "'--authority=source' or '--authority=target'"
        if let said {
            guard let side = Side(rawValue: said) else {
                throw Diagnostic("'--authority=\(said)' is no side of a plan", hint: words)
            }
            let known: Side? =
                record.isPastReturn ? .target : record.intendedFlip == nil ? record.authority : nil
            guard known == nil || side == known else {
                throw Diagnostic(
                    "the \((known ?? side).rawValue) is the authority, as run.json knows",
                    hint: "plan recover \(plan.file)")
            }
            return side
        }
        // Nothing goes to the target alone before, and nothing comes back after.
        if record.isPastReturn { return .target }
        guard record.intendedFlip == nil else {
            throw Diagnostic(
                "the run was moving authority when it stopped: nothing here says which side has it",
                hint:
                    "of the lines with \"event\":\"route\" in all gateways' logs the one of the highest epoch "
                    + "says who led, where it has no hold; then "
                    + "plan recover \(plan.file) with \(words)")
        }
        return record.authority
    }

    /// A ledger that can be read, or could be by a newer build or with more room, is not lost.
    private static func refuseWhereItServes(
        _ folder: RunFolder, _ record: RunRecord, _ plan: Plan
    ) throws {
        do {
            _ = try folder.openLedger(record.ledger)
        } catch let error as LedgerError {
            switch error {
            case .lost, .foreign, .unreadable: return
            case .newer, .unavailable, .unknownCommit, .evicted: throw error
            }
        }
        throw Diagnostic(
            "the ledger is there and can be read", hint: "plan status \(plan.file)")
    }

    private static func following(_ record: RunRecord, _ plan: Plan) -> Bool {
        let past = record.isPastReturn
        let dual = zip(plan.steps, record.machine.states).contains { step, state in
            step.kind.word == .dualWrite && [.running, .done, .failed].contains(state)
        }
        return dual && !past
    }

    private static func setAside(_ folder: RunFolder) {
        for suffix in ["", "-wal", "-shm"] where access(folder.ledger + suffix, F_OK) == 0 {
            let aside = "\(folder.ledger)\(suffix).lost-\(Int(RealTime().unixTime))"
            rename(folder.ledger + suffix, aside)
        }
    }

    private static func markAll(
        _ side: Side, _ bench: Workbench, _ mapping: PairMapping, _ ledger: SQLiteLedger
    ) async throws -> Int {
        let store = side == .source ? bench.source : bench.target
        guard try await store.describe() != nil else { return 0 }
        let since = bench.time.unixTime
        var cursor: RecordID?
        var count = 0
        while true {
            let page = try await store.scan(.all, after: cursor, limit: 2_000, .withoutVectors)
            let keys = page.compactMap { mapping.key(of: $0, on: side) }
            try await ledger.write(.durable) { rows in
                for key in keys { try rows.markDirty(key, since: since) }
            }
            count += keys.count
            guard page.count == 2_000, let last = page.last else { return count }
            cursor = last.id
        }
    }
}
