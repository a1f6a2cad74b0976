import PlanCore
import PlanLedger
import PlanRun
import PlanSync

/// What a person asks of a run: left in the ledger for whoever holds it, or done here where nobody
/// does.
enum PersonCommands {
    static func approve(_ arguments: Arguments) async throws -> ExitCode {
        let (file, folder) = try open(arguments)
        let name = arguments.operands[1]
        let names = file.plan.steps.map(\.name)
        guard names.contains(name) else {
            throw Arguments.Misuse(
                message: "the plan has no step '\(name)'",
                hint: Suggestion.hint(for: name, among: names))
        }
        if try await ask("approve", name, folder) {
            Terminal.print("approved '\(name)'; the run goes on")
            return .done
        }
        var record = try await record(folder)
        guard record.digest == file.digest else {
            throw Diagnostic(
                "the plan was edited since its run began: an approval is for one text alone",
                hint: "plan apply \(file.plan.file) shows what changed")
        }
        record.approvals.removeAll { $0.step == name }
        record.approvals.append(
            .init(step: name, user: Host.user, time: RealTime().unixTime, digest: file.digest))
        record.serial += 1
        try await folder.store.save(record)
        Terminal.print("approved '\(name)'; go on with: plan apply \(file.plan.file)")
        return .done
    }

    static func pause(_ arguments: Arguments) async throws -> ExitCode {
        let (file, folder) = try open(arguments)
        _ = try await record(folder)
        guard try await ask("pause", "", folder) else {
            Terminal.print("no process holds the run: it rests already")
            return .done
        }
        Terminal.print("asked to pause; go on with: plan apply \(file.plan.file)")
        return .done
    }

    static func throttle(_ arguments: Arguments) async throws -> ExitCode {
        let (_, folder) = try open(arguments)
        let word = arguments.operands[1]
        let number = word.hasSuffix("/s") ? String(word.dropLast(2)) : word
        guard word == "off" || (Double(number).map { $0 > 0 } ?? false) else {
            throw Arguments.Misuse(
                message: "'\(word)' is no rate",
                hint: "write records a second, such as 2000/s, or off")
        }
        guard try await ask("throttle", word == "off" ? "0" : number, folder) else {
            throw Diagnostic(
                "no process holds the run: there is nothing to throttle",
                hint: "set 'max_rate' in the plan, or throttle after 'plan apply'")
        }
        Terminal.print(word == "off" ? "asked to run unthrottled" : "asked for at most \(number)/s")
        return .done
    }

    /// Gateways are heard of every two seconds; one that is silent for so long may be struck off.
    private static let silence = 5.0

    static func evict(_ path: String, _ name: String) async throws -> ExitCode {
        let file = try PlanFile.load(path)
        let folder = try RunFolder(file.plan, RealWorld())
        let ledger = try folder.openLedger(try await record(folder).ledger)
        let now = RealTime().unixTime
        let seen = try await ledger.write(.durable) { rows -> Double? in
            let seen = try rows.gateways().filter { $0.name == name }.map(\.seen).max()
            if let seen, now - seen >= silence { try rows.evict(gateway: name) }
            return seen
        }
        await ledger.close()
        guard let seen else {
            throw Diagnostic("no gateway is called '\(name)'", hint: "see 'plan status \(path)'")
        }
        guard now - seen >= silence else {
            throw Diagnostic(
                "the gateway '\(name)' was heard of \(Int(max(0, now - seen))) s ago: it lives",
                hint: "end it first; one that was killed here is buried without being evicted")
        }
        Terminal.print("evicted '\(name)': flips no longer wait for it")
        return .done
    }

    private static func open(_ arguments: Arguments) throws -> (PlanFile, RunFolder) {
        let file = try PlanFile.load(arguments.operands[0])
        return (file, try RunFolder(file.plan, RealWorld()))
    }

    static func record(_ folder: RunFolder) async throws -> RunRecord {
        guard let record = try await folder.store.load() else {
            throw Diagnostic(
                "there is no run in '\(folder.path)' yet", hint: "begin it with 'plan apply'")
        }
        return record
    }

    /// False where nobody holds the run.
    static func ask(_ kind: String, _ argument: String, _ folder: RunFolder) async throws -> Bool {
        guard folder.isHeld else { return false }
        let record = try await record(folder)
        let ledger = try folder.openLedger(record.ledger)
        let request = PersonRequest(
            kind: kind, argument: argument, user: Host.user, time: RealTime().unixTime)
        try await ledger.write(.durable) { try $0.insert(request) }
        await ledger.close()
        return true
    }
}
