import PlanCore
import PlanSync

/// A gateway's numbers as Prometheus reads them.
enum MetricsPage {
    /// Where a plan stands; labelled where there are several.
    typealias Part = (labels: PrometheusText.Labels, snapshot: GatewaySnapshot)

    static func render(
        _ parts: [Part], requests: RequestMetrics.Totals, connections: Int
    ) -> String {
        var text = PrometheusText()
        writeRequests(requests, connections, &text)
        writeStores(parts, &text)
        writeRoute(parts, &text)
        writeProtocol(parts, &text)
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

    private static func writeStores(_ parts: [Part], _ text: inout PrometheusText) {
        let name = "crossfade_store_requests_total"
        text.begin(name, "counter", "Requests to the stores, by outcome.")
        for (own, snapshot) in parts {
            for (key, calls) in snapshot.totals.calls.sorted(by: { $0.key < $1.key }) {
                let failed = snapshot.totals.failures[key] ?? 0
                text.sample(name, own + labels(key) + [("outcome", "ok")], calls - failed)
                text.sample(name, own + labels(key) + [("outcome", "failed")], failed)
            }
        }
        let duration = "crossfade_store_request_duration_seconds"
        text.begin(duration, "histogram", "How long the stores took.")
        for (own, snapshot) in parts {
            for (key, histogram) in snapshot.totals.latencies.sorted(by: { $0.key < $1.key }) {
                text.histogram(duration, own + labels(key), histogram)
            }
        }
    }

    /// One number of each plan.
    private static func write(
        _ name: String, _ help: String, _ parts: [Part], _ text: inout PrometheusText,
        _ value: (GatewaySnapshot) -> Int64
    ) {
        text.begin(name, "gauge", help)
        for (own, snapshot) in parts { text.sample(name, own, value(snapshot)) }
    }

    private static func writeRoute(_ parts: [Part], _ text: inout PrometheusText) {
        write(
            "crossfade_attached", "1 once the gateway takes part in a run.", parts, &text
        ) { $0.isAttached ? 1 : 0 }
        write("crossfade_route_epoch", "The route's epoch.", parts, &text) { $0.route.epoch }
        text.begin("crossfade_authority", "gauge", "1 for the side whose answer counts.")
        for (own, snapshot) in parts {
            for side in Side.allCases {
                text.sample(
                    "crossfade_authority", own + [("side", side.rawValue)],
                    side == snapshot.route.authority ? Int64(1) : 0)
            }
        }
        write(
            "crossfade_read_weight_percent", "Reads that go to the follower.", parts, &text
        ) { Int64($0.route.weight) }
        write("crossfade_mirror_percent", "Reads that are compared.", parts, &text) {
            Int64($0.route.mirror)
        }
        write("crossfade_writes_held", "1 while writes are held.", parts, &text) {
            $0.route.isHeld ? 1 : 0
        }
    }

    private static func writeProtocol(_ parts: [Part], _ text: inout PrometheusText) {
        write(
            "crossfade_in_flight", "Requests and background legs under way.", parts, &text
        ) { Int64($0.inFlight) }
        write("crossfade_held_writes", "Writes that wait for a flip.", parts, &text) {
            Int64($0.heldWrites)
        }
        text.begin("crossfade_events_total", "counter", "What the write protocol did.")
        for (own, snapshot) in parts {
            for event in SyncEvent.allCases {
                text.sample(
                    "crossfade_events_total", own + [("event", event.rawValue)],
                    snapshot.totals.events[event] ?? 0)
            }
        }
        text.begin("crossfade_mirror_total", "counter", "Mirrored reads, by verdict.")
        for (own, snapshot) in parts {
            for (verdict, count) in snapshot.totals.mirror.sorted(by: { $0.key < $1.key }) {
                text.sample("crossfade_mirror_total", own + [("verdict", verdict)], count)
            }
        }
        writeBacklog(parts, &text)
    }

    private static func writeBacklog(_ parts: [Part], _ text: inout PrometheusText) {
        let known = parts.filter { $0.snapshot.backlog != nil }
        guard !known.isEmpty else { return }
        write("crossfade_repair_backlog", "Keys that wait for repair.", known, &text) {
            Int64($0.backlog?.dirty ?? 0)
        }
        text.begin("crossfade_repair_age_seconds", "gauge", "How long the oldest of them waits.")
        for (own, snapshot) in known {
            text.sample("crossfade_repair_age_seconds", own, snapshot.backlog?.age ?? 0)
        }
        write("crossfade_intents", "Writes whose end is not written down.", known, &text) {
            Int64($0.backlog?.intents ?? 0)
        }
        write("crossfade_refused_keys", "Keys the follower will never take.", known, &text) {
            Int64($0.backlog?.refused ?? 0)
        }
    }
}
