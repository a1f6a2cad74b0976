import HTTPServer
import JSON
import PlanCore
import PlanGateway
import PlanLedger
import PlanReport
import PlanRun
import PlanSync
import Synchronization

/// A gateway's life: pass through, join the run when there is one, join it again when its ledger
/// was made anew, serve until told to end.
struct GatewayHost: Sendable {
    struct Options: Sendable {
        let bench: Workbench
        let name: String
        /// Where its log lines go instead of standard error: a screen is drawn there.
        var logFile: String?
    }

    private let bench: Workbench
    private let name: String
    private let logFile: String?
    private let plane: DataPlane
    private let recorder = ObservationRecorder()

    init(_ options: Options) {
        bench = options.bench
        name = options.name
        logFile = options.logFile
        plane = DataPlane(
            source: options.bench.source, recorder: recorder, time: options.bench.time,
            isAlike: options.bench.plan.isAlike)
    }

    /// Until cancelled; then drains.
    func run() async throws {
        let lines = try LineSink(appendingTo: logFile)
        let log = GatewayLog(sink: lines, time: bench.time)
        try await lookAtSource(log)
        lookForRun()
        let server = try listen(log, try await chromaPlace())
        let settings = bench.plan.gateway
        if logFile == nil {
            Terminal.print(
                "gateway '\(name)' listens on \(settings.listen.host):\(server.port), "
                    + "admin on \(settings.admin.host):\(server.adminPort)")
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await followLimits(server, log) }
            await serve(log)
            group.cancelAll()
        }
        await server.stop()
        await leave.withdraw()
        await lines.finish()
    }

    /// A source that does not answer now may answer later, and an application's server that will
    /// not start is worse than one that says 503. What only a person can mend ends the gateway.
    private func lookAtSource(_ log: GatewayLog) async throws {
        do {
            if let described = try await bench.source.describe() {
                guard bench.plan.gateway.speak == .chroma else { return }
                let problems = ChromaPlace.objections(to: described, of: bench.source.kind)
                if let first = problems.first { throw first }
                return
            }
        } catch let error as StoreError where error.isTransient {
            say(.warning, "source_unreachable", "\(error); requests get 503 until it answers", log)
            return
        }
        throw Workbench.noCollection(bench.plan)
    }

    /// The id under which the application knows the collection outlives the collection.
    private func chromaPlace() async throws -> ChromaPlace {
        var place = bench.plan.chromaPlace
        let source = try await bench.folder.store.load()?.source
        if let source, source.kind == StoreKind.chroma.rawValue { place.ids = [source.instance] }
        return place
    }

    private func listen(_ log: GatewayLog, _ place: ChromaPlace) throws -> GatewayServer {
        let settings = bench.plan.gateway
        let status = StatusSource(plan: bench.plan, folder: bench.folder)
        let bench = bench
        do {
            return try GatewayServer(
                options: .init(
                    settings: settings, tls: try tls(settings.tls),
                    token: try secret(settings.token),
                    adminToken: try secret(settings.adminToken), chroma: place),
                service: plane,
                telemetry: PlaneTelemetry(plane: plane, name: name) {
                    let status = try? await status.read()
                    return status.map(StatusJSON.value) ?? .null
                },
                collection: {
                    guard let described = try await bench.source.describe() else {
                        throw StoreError(
                            store: bench.source.kind, operation: "describe", kind: .notFound,
                            message: Workbench.noCollection(bench.plan).message, isDefinite: true)
                    }
                    return described
                }, log: log, time: bench.time)
        } catch let error as Diagnostic {
            throw error
        } catch {
            throw Diagnostic(
                "the gateway cannot start: \(error)",
                hint: "see 'listen' and 'admin' under 'gateway'")
        }
    }

    /// A line for people where nothing is drawn over, and one in the log where something is.
    private func say(
        _ level: GatewayLog.Level, _ event: String, _ text: String, _ log: GatewayLog
    ) {
        guard logFile == nil else {
            log.note(level, event, ["message": .string(text)])
            return
        }
        let line = "gateway '\(name)': \(text)"
        if level == .info { Terminal.print(line) } else { Terminal.complain(line) }
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
    private func serve(_ log: GatewayLog) async {
        var failures = 0
        var last = ""
        while !Task.isCancelled {
            do {
                lookForLoss()
                if bench.folder.hasRun, bench.folder.hasLedger,
                    let record = try await bench.folder.store.load()
                {
                    try await join(record, log)
                }
                failures = 0
                try await Task.sleep(for: .milliseconds(100))
            } catch is CancellationError {
                return
            } catch {
                let text = "\(error)"
                if text != last || failures % 30 == 0 { say(.error, "cannot_join", text, log) }
                last = text
                failures += 1
                let pause = Duration.milliseconds(250) * (1 << min(failures, 5))
                try? await Task.sleep(for: min(pause, .seconds(5)))
            }
        }
    }

    /// Works for the run until its ledger is lost, or the gateway ends.
    private func join(_ record: RunRecord, _ log: GatewayLog) async throws {
        let ledger = try bench.folder.openLedger(record.ledger)
        let environment: SyncEnvironment
        do {
            environment = try await bench.environment(ledger, observer: recorder)
        } catch {
            await ledger.close()
            throw error
        }
        let sink = DiscrepancyFile(path: bench.folder.path + "/discrepancies.jsonl")
        let plane = plane
        let name = name
        let compare = bench.plan.compare
        let failure = JoinFailure()
        await leave.hold(
            ledger: ledger,
            task: Task {
                do {
                    try await plane.run(
                        environment, name: name, host: Host.name, process: Host.process,
                        compare: compare, sink: sink)
                } catch {
                    failure.set(error)
                }
            })
        // Its refusals end when it has registered.
        while plane.session?.ledger.id != ledger.id {
            if let error = failure.error {
                await leave.withdraw()
                throw error
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        say(.info, "joined", "joins the run of '\(bench.plan.name)'", log)
        while true {
            try await Task.sleep(for: .milliseconds(250))
            if let error = failure.error {
                await leave.withdraw()
                throw error
            }
            do {
                _ = try await ledger.read { try $0.route().epoch }
            } catch let error as LedgerError {
                guard case .lost = error else { continue }
                say(.error, "ledger_lost", "\(error)", log)
                plane.refuse("the run's ledger is gone; run 'plan recover'", readsToo: false)
                await leave.withdraw()
                while !bench.folder.hasLedger { try await Task.sleep(for: .milliseconds(250)) }
                return
            }
        }
    }
}

/// Why a gateway's part in a run ended by itself.
private final class JoinFailure: Sendable {
    private let found = Mutex<(any Error)?>(nil)
    var error: (any Error)? { found.withLock { $0 } }
    func set(_ error: any Error) { found.withLock { $0 = error } }
}

/// What must be ended in order when a gateway leaves a run.
private actor Withdrawal {
    private var held: (ledger: SQLiteLedger, task: Task<Void, Never>)?

    func hold(ledger: SQLiteLedger, task: Task<Void, Never>) { held = (ledger, task) }

    func withdraw() async {
        guard let held else { return }
        self.held = nil
        held.task.cancel()
        await held.task.value
        await held.ledger.close()
    }
}
