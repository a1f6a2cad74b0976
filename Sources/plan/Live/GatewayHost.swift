import HTTPServer
import PlanCore
import PlanGateway
import PlanSync

/// A gateway's life: one listener in front of one plan or several, until told to end.
struct GatewayHost: Sendable {
    struct Options: Sendable {
        /// At least one; several agree, as `GatewayPlans` has checked.
        let benches: [Workbench]
        let name: String
        /// Where its log lines go instead of standard error: a screen is drawn there.
        var logFile: String?
    }

    /// The first plan's, for what the listener is told.
    private let bench: Workbench
    private let name: String
    private let logFile: String?
    private let members: [GatewayMember]

    init(_ options: Options) throws {
        guard let first = options.benches.first else { preconditionFailure("a gateway has a plan") }
        bench = first
        name = options.name
        logFile = options.logFile
        members = try options.benches.map {
            try GatewayMember(bench: $0, name: options.name, logFile: options.logFile)
        }
    }

    /// Until cancelled; then drains.
    func run() async throws {
        let lines = try LineSink(appendingTo: logFile)
        let log = GatewayLog(sink: lines, time: bench.time)
        checkOpenFiles(log)
        for member in members {
            try await member.lookAtSource(log)
            member.lookForRun()
        }
        let server = try await listen(log)
        let settings = bench.plan.gateway
        if logFile == nil {
            Terminal.print(
                "gateway '\(name)' listens on \(settings.listen.host):\(server.port), "
                    + "admin on \(settings.admin.host):\(server.adminPort)")
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await followLimits(server, log) }
            await withDiscardingTaskGroup { group in
                for member in members { group.addTask { await member.serve(log) } }
            }
            group.cancelAll()
        }
        await server.stop()
        // This task is cancelled by now, and a cancelled one waits for nothing.
        await Task { [members] in for member in members { await member.withdraw() } }.value
        await lines.finish()
    }

    private func checkOpenFiles(_ log: GatewayLog) {
        let limit = OpenFiles.raise()
        let wanted = bench.plan.gateway.limits.connections + OpenFiles.reserve
        guard limit < wanted else { return }
        let text =
            "this process may open \(limit) files, and 'limits.connections' of the plan asks for "
            + "\(wanted); raise 'ulimit -n', or lower it"
        log.note(.warning, "few_files", ["message": .string(text)])
    }

    private func listen(_ log: GatewayLog) async throws -> GatewayServer {
        let settings = bench.plan.gateway
        var parts: [GatewayPart] = []
        for member in members { parts.append(try await member.part()) }
        do {
            return try GatewayServer(
                options: .init(
                    settings: settings, tls: try tls(settings.tls),
                    token: try secret(settings.token),
                    adminToken: try secret(settings.adminToken)), parts: parts, log: log,
                time: bench.time)
        } catch let error as Diagnostic {
            throw error
        } catch {
            throw Diagnostic(
                "the gateway cannot start: \(error)",
                hint: "see 'listen' and 'admin' under 'gateway'")
        }
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
}
