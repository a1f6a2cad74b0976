import HTTPServer
import JSON
import PlanCore
import Synchronization

/// The application's listener and the admin's, in front of one data plane.
///
/// Both listen when `init` returns; `stop` drains them.
package final class GatewayServer: Sendable {
    package struct Options: Sendable {
        package var settings: GatewaySettings
        /// The files that `settings.tls` names, read.
        package var tls: HTTPServerConfiguration.TLS?
        package var token: Secret?
        package var adminToken: Secret?

        package init(
            settings: GatewaySettings, tls: HTTPServerConfiguration.TLS? = nil,
            token: Secret? = nil, adminToken: Secret? = nil
        ) {
            self.settings = settings
            self.tls = tls
            self.token = token
            self.adminToken = adminToken
        }
    }

    package let metrics = RequestMetrics()
    private let application: HTTPServer
    private let admin: HTTPServer
    private let state: GatewayState
    private let log: GatewayLog
    private let watches: [Task<Void, Never>]
    private let time: any TimeSource

    /// In front of one plan.
    package convenience init(
        options: Options, service: any RecordService & DirectService,
        telemetry: any GatewayTelemetry,
        collection: @escaping @Sendable () async throws -> CollectionDescription,
        log: GatewayLog, time: any TimeSource
    ) throws {
        let part = GatewayPart(
            plan: "", service: service, telemetry: telemetry, collection: collection)
        try self.init(options: options, parts: [part], log: log, time: time)
    }

    /// Throws `Diagnostic` where a setting is unsafe, and `HTTPServerError` where an address cannot
    /// be had.
    ///
    /// - Parameter parts: at least one; several are collections of one server, whose clients name
    ///   them in each request.
    package init(
        options: Options, parts: [GatewayPart], log: GatewayLog, time: any TimeSource
    ) throws {
        try GatewayServer.check(options)
        let settings = options.settings
        let state = GatewayState(limits: settings.limits)
        let dialect = try GatewayServer.dialect(settings, parts, state, time)
        let front = ApplicationFront(
            dialect: dialect, token: TokenCheck(options.token), metrics: metrics, log: log,
            time: time)
        var configuration = GatewayServer.configuration(options, settings.listen)
        configuration.screen = { front.screen($0) }
        configuration.errorBody = { dialect.response(to: GatewayError(refusal: $0)) }
        application = try HTTPServer(configuration: configuration) { await front.answer($0) }
        let listener = application
        let back = AdminFront(
            parts: parts, token: TokenCheck(options.adminToken), metrics: metrics,
            state: state, connections: { listener.connectionCount })
        var adminConfiguration = GatewayServer.configuration(options, settings.admin)
        // A balancer or Prometheus has no certificate to show; this side has its own token.
        adminConfiguration.tls?.clientAuthority = nil
        adminConfiguration.limits.connections = 256
        adminConfiguration.limits.body = 64 << 10
        admin = try HTTPServer(configuration: adminConfiguration) { await back.answer($0) }
        self.state = state
        self.log = log
        self.time = time
        watches = parts.map { part in
            Task {
                await RouteWatch(
                    telemetry: part.telemetry, plan: parts.count > 1 ? part.plan : nil, log: log,
                    time: time
                ).run()
            }
        }
        log.note(
            .info, "listening",
            [
                "address": .string(HostPort(host: settings.listen.host, port: listener.port).text),
                "admin": .string(HostPort(host: settings.admin.host, port: admin.port).text),
            ])
    }

    deinit { watches.forEach { $0.cancel() } }

    /// Where the system chose, what it chose.
    package var port: Int { application.port }
    package var adminPort: Int { admin.port }

    /// From the next request on. Addresses, TLS and tokens stay as they were.
    package func apply(_ limits: GatewayLimits) {
        state.limits = limits
        application.apply(HTTPServerLimits(limits))
        log.note(.info, "limits")
    }

    /// Says for `drain_delay` that it is not ready and closes each connection with its answer, then
    /// accepts no more, lets requests finish for up to `limit`, and ends; the admin's side last, so
    /// that the drain can be watched. True where every request finished.
    @discardableResult
    package func stop(within limit: Duration? = nil) async -> Bool {
        state.beginDraining()
        application.beginDraining()
        log.note(.info, "draining")
        let delay = state.limits.drainDelay
        // A task of its own: a caller that was cancelled is the very one that wants a drain.
        let time = time
        if delay > .zero { await Task { try? await time.sleep(for: delay) }.value }
        let isDrained = await application.stop(within: limit ?? state.limits.drain)
        await admin.stop(within: .seconds(1))
        for watch in watches {
            watch.cancel()
            await watch.value
        }
        log.note(isDrained ? .info : .warning, "stopped", ["drained": .bool(isDrained)])
        return isDrained
    }

    private static func check(_ options: Options) throws(Diagnostic) {
        let settings = options.settings
        guard !settings.listen.isLoopback || !settings.admin.isLoopback else { return }
        if !settings.listen.isLoopback, options.token == nil {
            throw Diagnostic(
                "the gateway listens on '\(settings.listen.text)' without a token",
                hint: "set gateway.token, or listen on 127.0.0.1")
        }
        if !settings.admin.isLoopback, options.adminToken == nil {
            throw Diagnostic(
                "the gateway's admin address '\(settings.admin.text)' has no token",
                hint: "set gateway.admin_token, or listen on 127.0.0.1")
        }
        if options.tls == nil, !settings.allowPlaintext {
            throw Diagnostic(
                "the gateway would be reached from other machines without TLS",
                hint: "set gateway.tls, or gateway.allow_plaintext: true")
        }
    }

    private static func dialect(
        _ settings: GatewaySettings, _ parts: [GatewayPart], _ state: GatewayState,
        _ time: any TimeSource
    ) throws(Diagnostic) -> any GatewayDialect {
        let known = parts.map { KnownCollection(ask: $0.collection) }
        let dialects = zip(parts, known).map { dialect(settings.speak, $0, $1, state, time) }
        let direct = zip(parts, known).map { part, known in
            DirectDialect(
                service: part.service, idKind: { try await known.value().idKind },
                kLimit: { state.limits.k }, time: time)
        }
        return DirectFront(
            base: try joined(dialects, settings.speak),
            plans: Array(zip(parts.map(\.plan), direct)))
    }

    private static func joined(
        _ dialects: [any GatewayDialect], _ speak: GatewaySettings.Dialect
    ) throws(Diagnostic) -> any GatewayDialect {
        guard let only = dialects.first else { preconditionFailure("a gateway has a plan") }
        if dialects.count == 1 { return only }
        let shared = dialects.compactMap { $0 as? any CollectionDialect }
        guard let first = shared.first, shared.count == dialects.count else {
            throw Diagnostic(
                "'\(speak.rawValue)' names no collection, and there are several plans",
                hint: "say 'speak: qdrant' or 'speak: chroma', or start a gateway for each plan")
        }
        return SharedDialect(first: first, others: Array(shared.dropFirst()))
    }

    private static func dialect(
        _ speak: GatewaySettings.Dialect, _ part: GatewayPart, _ known: KnownCollection,
        _ state: GatewayState, _ time: any TimeSource
    ) -> any GatewayDialect {
        switch speak {
        case .qdrant:
            QdrantDialect(
                service: part.service, collection: { try await known.value() },
                kLimit: { state.limits.k }, time: time)
        case .chroma:
            ChromaDialect(
                service: part.service, collection: { try await known.value() },
                place: part.chroma, kLimit: { state.limits.k }, time: time)
        case .native:
            NativeDialect(
                service: part.service, idKind: { try await known.value().idKind },
                kLimit: { state.limits.k })
        }
    }

    private static func configuration(
        _ options: Options, _ address: HostPort
    ) -> HTTPServerConfiguration {
        var configuration = HTTPServerConfiguration(host: address.host, port: address.port)
        configuration.tls = options.tls
        configuration.limits = HTTPServerLimits(options.settings.limits)
        configuration.errorBody = { GatewayError(refusal: $0).response }
        return configuration
    }
}

/// What both listeners know of the process.
package final class GatewayState: Sendable {
    private let draining = Atomic(false)
    private let currentLimits: Mutex<GatewayLimits>

    package init(limits: GatewayLimits) { currentLimits = Mutex(limits) }

    package var limits: GatewayLimits {
        get { currentLimits.withLock { $0 } }
        set { currentLimits.withLock { $0 = newValue } }
    }

    package var isDraining: Bool { draining.load(ordering: .acquiring) }
    package func beginDraining() { draining.store(true, ordering: .releasing) }
}

/// Asked of the source once: a collection's ids and vectors do not change.
private final class KnownCollection: Sendable {
    private let ask: @Sendable () async throws -> CollectionDescription
    private let known = Mutex<CollectionDescription?>(nil)

    init(ask: @escaping @Sendable () async throws -> CollectionDescription) {
        self.ask = ask
    }

    func value() async throws -> CollectionDescription {
        if let description = known.withLock({ $0 }) { return description }
        let description = try await ask()
        known.withLock { $0 = description }
        return description
    }
}

extension HTTPServerLimits {
    fileprivate init(_ limits: GatewayLimits) {
        self.init()
        connections = limits.connections
        bytesInFlight = limits.bytesInFlight
        body = limits.body
        headerDeadline = limits.headerDeadline
        bodyDeadline = limits.bodyDeadline
        requestDeadline = limits.requestDeadline
        idle = limits.idle
    }
}
