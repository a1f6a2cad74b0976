import PlanCore
import PlanSync

/// A gateway's numbers as Prometheus reads them.
enum MetricsPage {
    static func render(
        _ snapshot: GatewaySnapshot, requests: RequestMetrics.Totals, connections: Int
    ) -> String {
        var text = PrometheusText()
        writeRequests(requests, connections, &text)
        writeStores(snapshot.totals, &text)
        writeRoute(snapshot, &text)
        writeProtocol(snapshot, &text)
        return text.text
    }

    private static func writeRequests(
        _ requests: RequestMetrics.Totals, _ connections: Int, _ text: inout PrometheusText
    ) {
        text.begin("crossfade_requests_total", "counter", "Requests of the application.")
        for (key, count) in requests.requests.sorted(by: { $0.key < $1.key }) {
            text.sample(
                "crossfade_requests_total",
                [("operation", key.operation), ("code", String(key.status))], count)
        }
        let name = "crossfade_request_duration_seconds"
        text.begin(name, "histogram", "From a request's last byte to its answer.")
        for (operation, histogram) in requests.latencies.sorted(by: { $0.key < $1.key }) {
            text.histogram(name, [("operation", operation)], histogram)
        }
        text.begin("crossfade_connections", "gauge", "Open connections of the application.")
        text.sample("crossfade_connections", [], Int64(connections))
    }

    /// `search.source` → its two labels.
    private static func labels(_ name: String) -> PrometheusText.Labels {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        return [("operation", parts[0]), ("side", parts.count > 1 ? parts[1] : "")]
    }

    private static func writeStores(
        _ totals: ObservationRecorder.Totals, _ text: inout PrometheusText
    ) {
        let name = "crossfade_store_requests_total"
        text.begin(name, "counter", "Requests to the stores, by outcome.")
        for (key, calls) in totals.calls.sorted(by: { $0.key < $1.key }) {
            let failed = totals.failures[key] ?? 0
            text.sample(name, labels(key) + [("outcome", "ok")], calls - failed)
            text.sample(name, labels(key) + [("outcome", "failed")], failed)
        }
        let duration = "crossfade_store_request_duration_seconds"
        text.begin(duration, "histogram", "How long the stores took.")
        for (key, histogram) in totals.latencies.sorted(by: { $0.key < $1.key }) {
            text.histogram(duration, labels(key), histogram)
        }
    }

    private static func writeRoute(_ snapshot: GatewaySnapshot, _ text: inout PrometheusText) {
        let route = snapshot.route
        text.begin("crossfade_attached", "gauge", "1 once the gateway takes part in a run.")
        text.sample("crossfade_attached", [], snapshot.isAttached ? Int64(1) : 0)
        text.begin("crossfade_route_epoch", "gauge", "The route's epoch.")
        text.sample("crossfade_route_epoch", [], route.epoch)
        text.begin("crossfade_authority", "gauge", "1 for the side whose answer counts.")
        for side in Side.allCases {
            text.sample(
                "crossfade_authority", [("side", side.rawValue)],
                side == route.authority ? Int64(1) : 0)
        }
        text.begin("crossfade_read_weight_percent", "gauge", "Reads that go to the follower.")
        text.sample("crossfade_read_weight_percent", [], Int64(route.weight))
        text.begin("crossfade_mirror_percent", "gauge", "Reads that are compared.")
        text.sample("crossfade_mirror_percent", [], Int64(route.mirror))
        text.begin("crossfade_writes_held", "gauge", "1 while writes are held.")
        text.sample("crossfade_writes_held", [], route.isHeld ? Int64(1) : 0)
    }

    private static func writeProtocol(_ snapshot: GatewaySnapshot, _ text: inout PrometheusText) {
        text.begin("crossfade_in_flight", "gauge", "Requests and background legs under way.")
        text.sample("crossfade_in_flight", [], Int64(snapshot.inFlight))
        text.begin("crossfade_held_writes", "gauge", "Writes that wait for a flip.")
        text.sample("crossfade_held_writes", [], Int64(snapshot.heldWrites))
        text.begin("crossfade_events_total", "counter", "What the write protocol did.")
        for event in SyncEvent.allCases {
            text.sample(
                "crossfade_events_total", [("event", event.rawValue)],
                snapshot.totals.events[event] ?? 0)
        }
        text.begin("crossfade_mirror_total", "counter", "Mirrored reads, by verdict.")
        for (verdict, count) in snapshot.totals.mirror.sorted(by: { $0.key < $1.key }) {
            text.sample("crossfade_mirror_total", [("verdict", verdict)], count)
        }
        guard let backlog = snapshot.backlog else { return }
        text.begin("crossfade_repair_backlog", "gauge", "Keys that wait for repair.")
        text.sample("crossfade_repair_backlog", [], Int64(backlog.dirty))
        text.begin("crossfade_repair_age_seconds", "gauge", "How long the oldest of them waits.")
        text.sample("crossfade_repair_age_seconds", [], backlog.age)
        text.begin("crossfade_intents", "gauge", "Writes whose end is not written down.")
        text.sample("crossfade_intents", [], Int64(backlog.intents))
        text.begin("crossfade_refused_keys", "gauge", "Keys the follower will never take.")
        text.sample("crossfade_refused_keys", [], Int64(backlog.refused))
    }
}
