import PlanCore
import PlanSync

/// The run's status as JSON, and under `gateway` where this one stands.
enum StatusPage {
    static func page(
        _ snapshot: GatewaySnapshot, run: JSONValue, isDraining: Bool
    ) -> JSONValue {
        var page: JSONObject = [:]
        if case .object(let fields) = run { page = fields }
        page["gateway"] = gateway(snapshot, isDraining)
        return .object(page)
    }

    private static func gateway(_ snapshot: GatewaySnapshot, _ isDraining: Bool) -> JSONValue {
        let route = snapshot.route
        var status: JSONObject = [
            "name": .string(snapshot.name),
            "state": .string(
                isDraining ? "draining" : snapshot.isAttached ? "attached" : "passing_through"),
            "route": [
                "epoch": .int(route.epoch),
                "authority": .string(route.authority.rawValue),
                "follower": route.follower.map { .string($0.rawValue) } ?? .null,
                "weight": .int(Int64(route.weight)),
                "mirror": .int(Int64(route.mirror)),
                "acknowledgement": .string(route.acknowledgement.rawValue),
                "hold": route.hold.map { .string($0.stage.rawValue) } ?? .null,
            ],
            "in_flight": .int(Int64(snapshot.inFlight)),
            "held_writes": .int(Int64(snapshot.heldWrites)),
            "stores": stores(snapshot.totals),
            "mirror": .object(snapshot.totals.mirror.mapValues { .int($0) }),
            "events": .object(
                Dictionary(
                    uniqueKeysWithValues: SyncEvent.allCases.map {
                        ($0.rawValue, .int(snapshot.totals.events[$0] ?? 0))
                    })),
        ]
        if let backlog = snapshot.backlog {
            status["backlog"] = [
                "repairs": .int(Int64(backlog.dirty)),
                "oldest_seconds": .double(backlog.age),
                "intents": .int(Int64(backlog.intents)),
                "refused": .int(Int64(backlog.refused)),
            ]
        }
        return .object(status)
    }

    private static func stores(_ totals: ObservationRecorder.Totals) -> JSONValue {
        var stores: JSONObject = [:]
        for (name, calls) in totals.calls {
            let histogram = totals.latencies[name]
            stores[name] = [
                "calls": .int(calls),
                "failed": .int(totals.failures[name] ?? 0),
                "p50_ms": histogram?.quantile(0.5).map { .double($0) } ?? .null,
                "p99_ms": histogram?.quantile(0.99).map { .double($0) } ?? .null,
            ]
        }
        return .object(stores)
    }
}
