import PlanCore
import PlanSync

/// Where a gateway stands, for its admin address.
package protocol GatewayTelemetry: Sendable {
    func snapshot() async -> GatewaySnapshot
    /// Cheap: asked several times a second.
    var route: Route { get }
    /// Why requests cannot be answered, for people; nil where they can.
    func obstacle() async -> String?
    /// The run's own status, as `plan status --json` tells it; null where there is no run.
    func run() async -> JSONValue
}

package struct GatewaySnapshot: Sendable {
    package var name: String
    /// False while it passes everything to the source, before a run.
    package var isAttached: Bool
    package var route: Route
    package var inFlight: Int
    package var heldWrites: Int
    package var totals: ObservationRecorder.Totals
    /// From the ledger; nil where there is none, or it does not answer.
    package var backlog: Backlog?

    package struct Backlog: Hashable, Sendable {
        package var dirty: Int
        /// Seconds that the oldest of them waits.
        package var age: Double
        package var intents: Int
        package var refused: Int

        package init(dirty: Int, age: Double, intents: Int, refused: Int) {
            self.dirty = dirty
            self.age = age
            self.intents = intents
            self.refused = refused
        }
    }

    package init(
        name: String, isAttached: Bool, route: Route, inFlight: Int, heldWrites: Int,
        totals: ObservationRecorder.Totals, backlog: Backlog?
    ) {
        self.name = name
        self.isAttached = isAttached
        self.route = route
        self.inFlight = inFlight
        self.heldWrites = heldWrites
        self.totals = totals
        self.backlog = backlog
    }
}

/// What a data plane tells of itself.
package struct PlaneTelemetry: GatewayTelemetry {
    private let plane: DataPlane
    private let name: String
    private let status: @Sendable () async -> JSONValue

    package init(
        plane: DataPlane, name: String, status: @escaping @Sendable () async -> JSONValue
    ) {
        self.plane = plane
        self.name = name
        self.status = status
    }

    package var route: Route { plane.route }
    package func run() async -> JSONValue { await status() }

    /// Before a run, the source must answer. In a run the last route stands, whoever is down.
    package func obstacle() async -> String? {
        if let why = await plane.refusedReads { return why }
        if plane.session != nil { return nil }
        do {
            return try await plane.source.describe() == nil
                ? "the source has no such collection" : nil
        } catch let error as StoreError {
            return "the source: \(error)"
        } catch {
            return "the source does not answer"
        }
    }

    package func snapshot() async -> GatewaySnapshot {
        GatewaySnapshot(
            name: name, isAttached: plane.session != nil, route: plane.route,
            inFlight: plane.inFlight, heldWrites: plane.gate.heldWrites,
            totals: plane.recorder.totals, backlog: await backlog())
    }

    private func backlog() async -> GatewaySnapshot.Backlog? {
        guard let session = plane.session else { return nil }
        let now = session.time.unixTime
        return try? await session.ledger.read { ledger in
            let oldest = try ledger.oldestDirty()?.since
            return GatewaySnapshot.Backlog(
                dirty: try ledger.dirtyCount(), age: oldest.map { max(0, now - $0) } ?? 0,
                intents: try ledger.intentCount(), refused: try ledger.refusedCount())
        }
    }
}
