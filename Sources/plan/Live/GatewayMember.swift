import JSON
import PlanCore
import PlanGateway
import PlanLedger
import PlanReport
import PlanRun
import PlanSync
import Synchronization

/// One plan's part of a gateway: pass through, join the run when there is one, join it again when
/// its ledger was made anew.
struct GatewayMember: Sendable {
    let bench: Workbench
    let name: String
    /// Where the process's own log lines go instead of standard error: a screen is drawn there.
    let logFile: String?
    private let plane: DataPlane
    private let recorder = ObservationRecorder()
    private let leave = Withdrawal()
    private let mirrorStores: StorePair

    init(bench: Workbench, name: String, logFile: String?) throws {
        mirrorStores = try bench.anotherPair()
        self.bench = bench
        self.name = name
        self.logFile = logFile
        let folder = bench.folder
        plane = DataPlane(
            source: bench.source, recorder: recorder, time: bench.time,
            isAlike: bench.plan.isAlike, quarantine: bench.plan.source.quarantine,
            hasRun: { await folder.movesRecords })
    }

    /// What the listener asks.
    func part() async throws -> GatewayPart {
        let status = StatusSource(plan: bench.plan, folder: bench.folder)
        let bench = bench
        return GatewayPart(
            plan: bench.plan.name, service: plane,
            telemetry: PlaneTelemetry(plane: plane, name: name) {
                let status = try? await status.read()
                return status.map(StatusJSON.value) ?? .null
            }, chroma: try await chromaPlace()
        ) {
            // Whoever asks first waits, and the run knows what the collection was.
            let patience = Workbench.Patience(limit: .seconds(2))
            guard let described = try await bench.describedSource(patience) else {
                throw StoreError(
                    store: bench.source.kind, operation: "describe", kind: .notFound,
                    message: Workbench.noCollection(bench.plan).message, isDefinite: true)
            }
            return described
        }
    }

    /// What only this process is in doubt of it marks first, if that does not take too long.
    func withdraw() async {
        if await !plane.awaitOwnDoubts(atMost: .seconds(30)) {
            Terminal.complain(
                "gateway '\(name)' ends in doubt of writes that it sent after it had slept; run "
                    + "'plan diff \(bench.plan.file)' to see whether the stores are equal")
        }
        await leave.withdraw()
        await mirrorStores.close()
    }

    /// A source that does not answer now may answer later, and an application's server that will
    /// not start is worse than one that says 503. What only a person can mend ends the gateway.
    func lookAtSource(_ log: GatewayLog) async throws {
        do {
            if let described = try await bench.describedSource(patience(log)) {
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

    /// The application waits meanwhile.
    private func patience(_ log: GatewayLog) -> Workbench.Patience {
        Workbench.Patience(limit: .seconds(2)) { side in
            say(
                .warning, "store_silent",
                "the \(side.rawValue) does not say what its collection is; it is taken as the run "
                    + "knows it", log)
        }
    }

    /// The id under which the application knows the collection outlives the collection.
    private func chromaPlace() async throws -> ChromaPlace {
        var place = bench.plan.chromaPlace
        let source = try await bench.folder.store.load()?.source
        if let source, source.kind == StoreKind.chroma.rawValue { place.ids = [source.instance] }
        return place
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

    /// A gateway that starts while there is a run joins it before it takes a request. One that
    /// passes through when the run begins goes on until it has joined: flips wait for it.
    func lookForRun() {
        if bench.folder.hasRun { plane.refuseUntilJoined() }
        lookForLoss()
    }

    private func lookForLoss() {
        guard bench.folder.hasRun, !bench.folder.hasLedger else { return }
        plane.refuse("the run's ledger is gone; run 'plan recover'", readsToo: true)
    }

    /// The plane's own task lives on while the server drains, so that what is under way can end.
    func serve(_ log: GatewayLog) async {
        var failures = 0
        var last = ""
        while !Task.isCancelled {
            do {
                lookForLoss()
                await plane.lookForRun()
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
                // The first ones soon: what passes through meanwhile does so for half a quarantine.
                let pause = Duration.milliseconds(25) * (1 << min(failures, 8))
                try? await Task.sleep(for: min(pause, .seconds(5)))
            }
        }
    }

    /// Works for the run until its ledger is lost, or the gateway ends.
    private func join(_ record: RunRecord, _ log: GatewayLog) async throws {
        let ledger = try bench.folder.openLedger(record.ledger)
        let environment: SyncEnvironment
        do {
            try await RunMembership(bench: bench).confirm(record, ledger)
            environment = try await bench.environment(
                ledger, observer: recorder, mirrorStores: mirrorStores, patience: patience(log))
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
