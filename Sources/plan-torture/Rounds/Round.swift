import Foundation
import JSON
import PlanCore
import Processes

/// One migration under live traffic, with a crew that is killed and whatever else is done to it,
/// and the checks at its end.
struct Round: Sendable {
    typealias Disturbance = @Sendable (Stage, Crew) async throws -> Void

    var name: String
    var orders: Crew.Orders
    var outcome = "done"
    var authority = "target"
    var soak = "1s"
    var limit = 240.0
    var keepsFolder = false
    var disturbance: Disturbance?
    /// What the checks must find, where something is wrong on purpose.
    var findings: [String] = []
    /// Before anything is started: where the state folder shall lie, and such.
    var preparation: (@Sendable (Stage) async throws -> Void)?
    var conclusion: (@Sendable (Stage) async -> Void)?

    func run(_ stage: Stage) async -> RoundResult {
        var result = RoundResult(name: name)
        let begun = Date()
        let crew = Crew(stage: stage, orders: orders)
        var application: Child?
        do {
            try await stage.seed()
            try await preparation?(stage)
            try await crew.begin()
            application = try stage.application(expecting: outcome, seconds: Int(limit) + 60)
            try await drive(stage, crew)
            result.came = true
            try await crew.calm()
            if let application { result.troubles += try await settle(stage, crew, application) }
        } catch {
            result.troubles.append("\(error)")
        }
        result.troubles = judged(result.troubles) + (await crew.troubles)
        result.kills = await crew.kills
        result.tornTails = await crew.tornTails
        await crew.end()
        application?.signal(SIGKILL)
        await conclusion?(stage)
        let all = result.kills.values.reduce(0, +)
        let failed = application.map(Round.failedRequests) ?? "no application"
        result.summary =
            "\(all) kills, \(failed), \(Int(-begun.timeIntervalSinceNow)) s"
            + Round.counted(await crew.notes)
        if result.troubles.isEmpty || !keepsFolder {
            stage.remove()
        } else {
            result.summary += "; see \(stage.folder.path)"
        }
        return result
    }

    private func judged(_ troubles: [String]) -> [String] {
        if findings.isEmpty { return troubles }
        let missed = findings.filter { finding in !troubles.contains { $0.contains(finding) } }
        return missed.map { "the checks did not notice: \($0)" }
    }

    private func drive(_ stage: Stage, _ crew: Crew) async throws {
        let disturbance = disturbance
        let limit = limit
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await crew.run(limit: limit) }
            if let disturbance { group.addTask { try await disturbance(stage, crew) } }
            // The first that fails ends the other.
            while try await group.next() != nil {}
        }
    }

    /// What is wrong once all has settled.
    private func settle(_ stage: Stage, _ crew: Crew, _ application: Child) async throws -> [String]
    {
        var troubles: [String] = []
        let end = Date().addingTimeInterval(90)
        while application.isRunning, Date() < end {
            try await crew.tend()
            try await Task.sleep(for: .milliseconds(20))
        }
        if try await application.finish(within: 0) != .exited(0) {
            troubles.append("the application: \(Round.conclusion(of: application))")
        }
        var difference = ""
        for _ in 0..<30 {
            try await crew.tend()
            let diff = try stage.start("plan", ["diff", "plan.yaml"], log: "diff")
            if try await diff.finish(within: 60) == .exited(0) {
                difference = ""
                break
            }
            difference = "plan diff: \(diff.said)\(diff.complained)"
            try await Task.sleep(for: .milliseconds(300))
        }
        if !difference.isEmpty { troubles.append(difference) }
        if let found = try await Comparison.difference(stage) {
            troubles.append("read directly: \(found)")
        }
        if let wrong = try await wrongInStatus(stage, crew) { troubles.append(wrong) }
        if let wrong = wrongInHistory(stage) { troubles.append(wrong) }
        return troubles
    }

    private func wrongInStatus(_ stage: Stage, _ crew: Crew) async throws -> String? {
        var wrong: String?
        for _ in 0..<30 {
            try await crew.tend()
            let child = try stage.start(
                "plan", ["status", "plan.yaml", "--format", "json"], log: "status")
            guard try await child.finish(within: 30) == .exited(0),
                let status = try? JSON.parse(child.said)
            else { return "plan status: \(child.said)\(child.complained)" }
            wrong = wrongIn(status)
            if wrong == nil { return nil }
            try await Task.sleep(for: .milliseconds(300))
        }
        return wrong.map { "plan status says \($0)" }
    }

    private func wrongIn(_ status: JSONValue) -> String? {
        let route = status["route"]
        let epoch = route?["epoch"]?.int ?? -1
        let names = Set((status["gateways"]?.items ?? []).compactMap { $0["name"]?.text })
        let late = (status["gateways"]?.items ?? []).filter {
            $0["acknowledged_epoch"]?.int != epoch
        }
        let other = authority == "target" ? "source" : "target"
        if status["outcome"]?.text != outcome { return "outcome \(status["outcome"]?.text ?? "")" }
        if route?["authority"]?.text != authority { return "another authority than \(authority)" }
        if route?["follower"]?.text != other { return "another follower than \(other)" }
        if route?["writes"]?.text != "open" { return "writes are held" }
        if status["held"] != .bool(false) { return "the run is held" }
        if status["repair_backlog"]?.int != 0 { return "a backlog" }
        if status["refused"]?.int != 0 { return "refused keys" }
        if names != ["gateway-0", "gateway-1"] { return "the gateways \(names.sorted())" }
        if !late.isEmpty { return "a gateway that has not acknowledged epoch \(epoch)" }
        return nil
    }

    /// Torn tails are cut off: every line is an event.
    private func wrongInHistory(_ stage: Stage) -> String? {
        let path = stage.state.appendingPathComponent("events.jsonl")
        let text = String(decoding: (try? Data(contentsOf: path)) ?? Data(), as: UTF8.self)
        for line in text.split(separator: "\n") where (try? JSON.parse(String(line))) == nil {
            return "events.jsonl has the line '\(line.prefix(80))'"
        }
        return nil
    }

    /// What it said from its verdict on.
    private static func conclusion(of application: Child) -> String {
        let lines = application.said.split(separator: "\n", omittingEmptySubsequences: false)
        let first = lines.firstIndex { $0.hasPrefix("the run: ") } ?? max(0, lines.count - 40)
        return lines[first...].joined(separator: "\n") + application.complained.suffix(400)
    }

    private static func failedRequests(_ application: Child) -> String {
        let lines = application.said.split(separator: "\n")
        let failed = lines.last { $0.contains("failed requests") }?.split(separator: " ").last
        let all = lines.last { $0.contains("searches,") && $0.contains("checked") }
        return "\(failed ?? "?") failed of\(all.map { " \($0.dropLast(10))" } ?? " its requests")"
    }

    private static func counted(_ notes: [String]) -> String {
        var counts: [String: Int] = [:]
        for note in notes { counts[note, default: 0] += 1 }
        return counts.sorted { $0.key < $1.key }.map { "\n    \($0.value) × \($0.key)" }.joined()
    }
}
