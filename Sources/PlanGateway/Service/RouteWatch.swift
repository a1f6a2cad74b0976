import PlanCore

/// Writes a log line for each change of the route.
struct RouteWatch: Sendable {
    let telemetry: any GatewayTelemetry
    /// Named in the lines where there are several.
    let plan: String?
    let log: GatewayLog
    let time: any TimeSource

    func run() async {
        var last = telemetry.route
        while true {
            do { try await time.sleep(for: .milliseconds(100)) } catch { return }
            let route = telemetry.route
            guard route != last else { continue }
            last = route
            var line: JSONObject = [
                "epoch": .int(route.epoch),
                "authority": .string(route.authority.rawValue),
                "follower": route.follower.map { .string($0.rawValue) } ?? .null,
                "weight": .int(Int64(route.weight)),
                "mirror": .int(Int64(route.mirror)),
                "hold": route.hold.map { .string($0.stage.rawValue) } ?? .null,
            ]
            if let plan { line["plan"] = .string(plan) }
            log.note(.info, "route", line)
        }
    }
}
