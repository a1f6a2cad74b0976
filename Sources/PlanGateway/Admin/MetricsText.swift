import PlanCore
import PlanSync

/// Prometheus text exposition, format 0.0.4.
enum MetricsText {
    static func render(_ plane: DataPlane, backlog: Int?, oldest: Double?) -> String {
        let totals = plane.recorder.totals
        var text = ""
        func family(_ name: String, _ type: String, _ help: String) {
            text += "# HELP crossfade_\(name) \(help)\n# TYPE crossfade_\(name) \(type)\n"
        }
        func line(_ name: String, _ labels: String, _ value: String) {
            text += "crossfade_\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(value)\n"
        }
        family("store_requests_total", "counter", "Requests of the application to a store.")
        for (name, count) in totals.calls.sorted(by: { $0.key < $1.key }) {
            line("store_requests_total", labels(name), String(count))
        }
        family("store_failures_total", "counter", "Those that failed.")
        for name in totals.calls.keys.sorted() {
            line("store_failures_total", labels(name), String(totals.failures[name] ?? 0))
        }
        family("store_latency_seconds", "summary", "How long they took.")
        for (name, histogram) in totals.latencies.sorted(by: { $0.key < $1.key }) {
            for share in [0.5, 0.95, 0.99] {
                guard let value = histogram.quantile(share) else { continue }
                line(
                    "store_latency_seconds", labels(name) + ",quantile=\"\(share)\"",
                    "\(value / 1_000)")
            }
            line("store_latency_seconds_count", labels(name), String(histogram.count))
        }
        family("events_total", "counter", "What the write protocol met.")
        for event in SyncEvent.allCases {
            line(
                "events_total", "event=\"\(event.rawValue)\"",
                String(totals.events[event] ?? 0))
        }
        family("mirror_total", "counter", "Mirrored reads, by what became of them.")
        for (name, count) in totals.mirror.sorted(by: { $0.key < $1.key }) {
            line("mirror_total", "outcome=\"\(name)\"", String(count))
        }
        let route = plane.route
        family("epoch", "gauge", "The route's epoch as this gateway follows it.")
        line("epoch", "", String(route.epoch))
        family("authority", "gauge", "1 for the store whose answer counts.")
        for side in Side.allCases {
            line("authority", "side=\"\(side.rawValue)\"", route.authority == side ? "1" : "0")
        }
        family("follower_read_weight_percent", "gauge", "Share of reads that the follower answers.")
        line("follower_read_weight_percent", "", String(route.weight))
        family("held_writes", "gauge", "Writes that wait while authority moves.")
        line("held_writes", "", String(plane.gate.heldWrites))
        family("requests_in_flight", "gauge", "Requests and background legs that have not ended.")
        line("requests_in_flight", "", String(plane.inFlight))
        if let backlog {
            family("repair_backlog", "gauge", "Keys that wait for repair.")
            line("repair_backlog", "", String(backlog))
        }
        if let oldest {
            family("repair_age_seconds", "gauge", "How long the oldest of them has waited.")
            line("repair_age_seconds", "", "\(oldest)")
        }
        return text
    }

    private static func labels(_ name: String) -> String {
        let parts = name.split(separator: ".")
        guard parts.count == 2 else { return "operation=\"\(name)\"" }
        return "operation=\"\(parts[0])\",side=\"\(parts[1])\""
    }
}
