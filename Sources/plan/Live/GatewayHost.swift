import HTTPServer
import JSON
import PlanCore
import PlanGateway
import PlanLedger
import PlanReport
import PlanRun
import PlanSync

/// A gateway's life: pass through, join the run when there is one, join it again when its ledger
/// was made anew, serve until told to end.
struct GatewayHost: Sendable {
    struct Options: Sendable {
        let bench: Workbench
        let name: String
    }

    private let bench: Workbench
    private let name: String
    private let plane: DataPlane
    private let recorder = ObservationRecorder()

    init(_ options: Options) {
        bench = options.bench
        name = options.name
        plane = DataPlane(
            source: options.bench.source, recorder: recorder, time: options.bench.time)
    }

    /// Until cancelled; then drains.
    func run() async throws {
        guard let described = try await bench.source.describe() else {
            throw Diagnostic(
                "the source has no collection '\(bench.plan.source.collection)'",
                hint: "see 'source' in the plan")
        }
        lookForRun()
        let settings = bench.plan.gateway
        let source = StatusSource(plan: bench.plan, folder: bench.folder)
        let lines = StandardErrorSink()
        let log = GatewayLog(sink: lines, time: bench.time)
        let server: GatewayServer
        do {
            server = try GatewayServer(
                options: .init(
                    settings: settings, tls: try tls(settings.tls),
                    token: try secret(settings.token),
                    adminToken: try secret(settings.adminToken)),
                service: plane,
                telemetry: PlaneTelemetry(plane: plane, name: name) {
                    let status = try? await source.read()
                    return status.map(StatusJSON.value) ?? .null
                }, idKind: { described.idKind }, log: log, time: bench.time)
        } catch let error as Diagnostic {
            throw error
        } catch {
            throw Diagnostic(
                "the gateway cannot start: \(error)",
                hint: "see 'listen' and 'admin' under 'gateway'")
        }
        Terminal.print(
            "gateway '\(name)' listens on \(settings.listen.host):\(server.port), "
                + "admin on \(settings.admin.host):\(server.adminPort)")
        await withDiscardingTaskGroup { group in
            group.addTask { await followLimits(server, log) }
            await serve()
            group.cancelAll()
        }
        await server.stop()
        await leave.withdraw()
        await lines.finish()
    }

    /// On SIGHUP the plan file is read again, for its limits alone.
    private func followLimits(_ server: GatewayServer, _ log: GatewayLog) async {
        var seen = Signals.hangupCount
        while true {
            do { try await Task.sleep(for: .milliseconds(200)) } catch { return }
            guard Signals.hangupCount != seen else { continue }
            seen = Signals.hangupCount
            do {
                server.apply(try PlanFile.load(bench.plan.file).plan.gateway.limits)
            } catch {
                log.note(.error, "limits_unreadable", ["message": .string("\(error)")])
            }
        }
    }

    private let leave = Withdrawal()

    private func secret(_ reference: SecretReference?) throws -> Secret? {
        try reference?.resolve(environment: bench.world.environment, read: bench.world.read)
    }

    /// The files that the plan names, read.
    private func tls(_ files: GatewaySettings.TLS?) throws -> HTTPServerConfiguration.TLS? {
        guard let files else { return nil }
        func text(_ path: String) throws -> String {
            guard let text = bench.world.read(bench.plan.path(path)) else {
                throw Diagnostic(
                    "cannot read '\(path)'", hint: "see 'tls' under 'gateway' in the plan")
            }
            return text
        }
        return .init(
            certificate: try text(files.certificate), key: try text(files.key),
            clientAuthority: try files.clientCA.map(text))
    }

    /// A gateway that starts while there is a run joins it before it takes a request. One that
    /// passes through when the run begins goes on until it has joined: flips wait for it.
    private func lookForRun() {
        if bench.folder.hasRun { plane.refuseUntilJoined() }
        lookForLoss()
    }

    private func lookForLoss() {
        guard bench.folder.hasRun, !bench.folder.hasLedger else { return }
        plane.refuse("the run's ledger is gone; run 'plan recover'", readsToo: true)
    }

    /// The plane's own task lives on while the server drains, so that what is under way can end.
    private func serve() async {
        while !Task.isCancelled {
            do {
                lookForLoss()
                if bench.folder.hasRun, bench.folder.hasLedger,
                    let record = try await bench.folder.store.load()
                {
                    try await join(record)
                }
                try await Task.sleep(for: .milliseconds(100))
            } catch is CancellationError {
                return
            } catch {
                Terminal.complain("gateway '\(name)': \(error)")
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Works for the run until its ledger is lost, or the gateway ends.
    private func join(_ record: RunRecord) async throws {
        let ledger = try bench.folder.openLedger(record.ledger)
        let environment = try await bench.environment(ledger, observer: recorder)
        Terminal.print("gateway '\(name)' joins the run of '\(bench.plan.name)'")
        let sink = DiscrepancyFile(path: bench.folder.path + "/discrepancies.jsonl")
        let plane = plane
        let name = name
        let compare = bench.plan.compare
        await leave.hold(
            ledger: ledger,
            task: Task {
                try await plane.run(
                    environment, name: name, host: Host.name, process: Host.process,
                    compare: compare, sink: sink)
            })
        while true {
            try await Task.sleep(for: .milliseconds(250))
            do {
                _ = try await ledger.read { try $0.route().epoch }
            } catch let error as LedgerError {
                guard case .lost = error else { continue }
                Terminal.complain("gateway '\(name)': \(error)")
                plane.refuse("the run's ledger is gone; run 'plan recover'", readsToo: false)
                await leave.withdraw()
                while !bench.folder.hasLedger { try await Task.sleep(for: .milliseconds(250)) }
                return
            }
        }
    }
}

/// What must be ended in order when a gateway leaves a run.
private actor Withdrawal {
    private var held: (ledger: SQLiteLedger, task: Task<Void, any Error>)?

    func hold(ledger: SQLiteLedger, task: Task<Void, any Error>) { held = (ledger, task) }

    func withdraw() async {
        guard let held else { return }
        self.held = nil
        held.task.cancel()
        _ = await held.task.result
        await held.ledger.close()
    }
}

extension Plan {
    var compare: MirrorOptions.Compare {
        for step in steps {
            if case .mirror(let options) = step.kind { return options.compare }
        }
        return MirrorOptions.Compare()
    }
}
