import PlanCore
import PlanRun

enum ApplyCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        _ = try arguments.choice("format", of: ["text", "json"])
        let bench = try Workbench(arguments.operands[0])
        try check(arguments, bench.plan)
        Signals.watch()
        let waits =
            arguments.has("wait") || (Terminal.isInteractive && !arguments.has("no-wait"))
        let host = try await RunHost.open(
            bench, acceptsChanges: arguments.has("accept-changes"),
            goesForward: arguments.has("forward"), waitsForPeople: waits)
        try await preApprove(arguments.all("yes"), host)
        let show = ApplyDisplay(
            source: StatusSource(plan: bench.plan, folder: bench.folder),
            asJSON: arguments.value("format") == "json")
        var others: [@Sendable () async throws -> Void] = [{ try await show.run() }]
        if arguments.has("gateway") {
            let log = bench.folder.path + "/gateway.log"
            let settings = bench.plan.gateway
            let told =
                "gateway 'apply' is to listen on \(settings.listen.text), "
                + "admin on \(settings.admin.text); its log: \(log)"
            // Standard output is for the run: one JSON object a line there.
            if arguments.value("format") == "json" {
                Terminal.complain(told)
            } else {
                Terminal.print(told)
            }
            let options = GatewayHost.Options(benches: [bench], name: "apply", logFile: log)
            others.append { try await GatewayHost(options).run() }
        }
        let (until, takesBack) = (arguments.value("until"), arguments.has("forward"))
        try await show.begin()
        let end: RunExecutor.End
        do {
            end = try await host.run(beside: others) {
                try await $0.apply(until: until, takesBack: takesBack)
            }
        } catch {
            await host.close()
            if error is CancellationError {
                Terminal.print("interrupted; go on with: plan apply \(bench.plan.file)")
                return .interrupted
            }
            throw error
        }
        try? await show.finish()
        var status = try? await StatusSource(plan: bench.plan, folder: bench.folder).read()
        await host.close()
        status?.isHeld = false
        return EndReport.say(end, bench.plan, status)
    }

    private static func check(_ arguments: Arguments, _ plan: Plan) throws {
        let names = plan.steps.map(\.name)
        for name in arguments.all("until") + arguments.all("yes") where !names.contains(name) {
            throw Arguments.Misuse(
                message: "the plan has no step '\(name)'",
                hint: Suggestion.hint(for: name, among: names))
        }
    }

    private static func preApprove(_ names: [String], _ host: RunHost) async throws {
        guard !names.isEmpty else { return }
        let digest = host.context.digest
        let time = host.bench.time.unixTime
        try await host.context.journal.update { record in
            for name in names {
                record.approvals.removeAll { $0.step == name }
                record.approvals.append(
                    .init(step: name, user: Host.user, time: time, digest: digest))
            }
        }
    }
}

/// How a run's end is said, and which exit code it has.
enum EndReport {
    static func say(
        _ end: RunExecutor.End, _ plan: Plan, _ status: RunStatus? = nil
    ) -> ExitCode {
        switch end {
        case .done:
            Terminal.print("done: \(plan.name)")
            return .done
        case .stoppedAt(let step):
            Terminal.print("stopped after '\(step)', as asked; go on with: plan apply \(plan.file)")
            return .done
        case .guardFailed(let why):
            Terminal.complain("a guard failed, and the run is paused: \(why)")
            if let advice = status?.advice { Terminal.complain("hint: \(advice)") }
            let back = status?.isPastReturn == true ? "" : ", or 'plan rollback \(plan.file)'"
            Terminal.complain("next: mend it and 'plan apply \(plan.file)'\(back)")
            return .guardFailed
        case .waiting(let why):
            Terminal.complain("waiting for a person: \(why)")
            if let advice = status?.advice { Terminal.complain("hint: \(advice)") }
            Terminal.complain("next: \(status?.next ?? "plan status \(plan.file)")")
            return .waiting
        case .paused(let why):
            Terminal.complain("\(why); go on with: \(status?.next ?? "plan apply \(plan.file)")")
            return .waiting
        case .failed(let why, let hint):
            Failure.say(why, hint ?? "then go on with: plan apply \(plan.file)")
            return .error
        case .rolledBack(let why):
            Terminal.complain("rolled back: \(why)")
            return .rolledBack
        }
    }
}
