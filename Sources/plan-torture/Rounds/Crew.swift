import Foundation
import PlanSync
import Processes

/// Keeps the processes of one run alive, kills them, and starts them again.
actor Crew {
    struct Orders: Sendable {
        /// How often each point shall be died at.
        var points: [CrashPoint: Int] = [:]
        var randomKills = 0
        /// Seconds between random kills.
        var interval = 0.3...1.8
        /// No more kills after so many seconds.
        var seconds = 120.0
        /// Commands of the executor, one after the other, with the exit codes that end each.
        var commands: [Command] = [Command(["apply", "plan.yaml"], ends: 0)]
    }

    struct Command: Sendable {
        var words: [String]
        var ends: Int32

        init(_ words: [String], ends: Int32) {
            self.words = words
            self.ends = ends
        }
    }

    private let stage: Stage
    private var orders: Orders
    private var running: [Role: (child: Child, isArmed: Bool)] = [:]
    private var number = 0
    private var command = 0
    private var nextKill = Date()
    private let begun = Date()
    private var rests: [Role: Date] = [:]

    private(set) var kills: [String: Int] = [:]
    /// Of the executor's kills, those after which its history ended in the middle of a line.
    private(set) var tornTails = 0
    /// What the executor and the worker said when they ended by themselves.
    private(set) var notes: [String] = []
    private(set) var troubles: [String] = []
    private var endings = 0
    private var recoveries = 0

    init(stage: Stage, orders: Orders) {
        self.stage = stage
        self.orders = orders
    }

    var isDone: Bool { command >= orders.commands.count }
    private var mayKill: Bool { !isDone && -begun.timeIntervalSinceNow < orders.seconds }

    func begin() async throws {
        for role in [Role.gatewayOne, .gatewayTwo] { try start(role) }
        for _ in 0..<400 {
            let one = await stage.answers(0)
            let two = await stage.answers(1)
            if one, two { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Trouble("the gateways do not answer: \(running[.gatewayOne]?.child.complained ?? "")")
    }

    /// Until the commands are done; `limit` seconds at most.
    func run(limit: Double) async throws {
        nextKill = Date().addingTimeInterval(1)
        while !isDone, troubles.isEmpty {
            if -begun.timeIntervalSinceNow > limit {
                let said = running[.executor]?.child
                throw Trouble(
                    "the run did not end within \(Int(limit)) s: "
                        + "\(said?.said.suffix(300) ?? "")\(said?.complained.suffix(300) ?? "")")
            }
            for role in Role.allCases { try await look(after: role) }
            if orders.randomKills > 0, mayKill, Date() > nextKill { killAtRandom() }
            try await Task.sleep(for: .milliseconds(15))
        }
    }

    /// No process that would still kill itself lives on.
    func calm() async throws {
        orders.points = [:]
        orders.randomKills = 0
        for (role, process) in running where process.isArmed && role != .executor {
            process.child.signal(SIGTERM)
            _ = try await process.child.finish(within: 20)
            noteKill(role, process.child)
            running[role] = nil
            try start(role)
        }
    }

    /// Goes on starting whoever ends, while others look at what was done.
    func tend() async throws {
        for role in Role.allCases where role != .executor { try await look(after: role) }
    }

    func child(_ role: Role) -> Child? { running[role]?.child }

    private func look(after role: Role) async throws {
        guard let (child, _) = running[role] else {
            if rests[role, default: .distantPast] < Date() { try start(role) }
            return
        }
        guard let end = child.end else { return }
        running[role] = nil
        switch end {
        case .signalled(SIGKILL): noteKill(role, child)
        case .signalled(let number):
            troubles.append("\(role.name) died of signal \(number): \(child.complained)")
        case .exited(let code): try await ended(role, code, child)
        }
    }

    private func noteKill(_ role: Role, _ child: Child) {
        guard
            let line = child.complained.split(separator: "\n").last(where: {
                $0.hasPrefix("killed at ")
            }), let point = CrashPoint(rawValue: String(line.dropFirst("killed at ".count)))
        else { return }
        kills[Report.label(point), default: 0] += 1
        if let left = orders.points[point] { orders.points[point] = left > 1 ? left - 1 : nil }
        if role == .executor, Int.random(in: 0..<3) == 0 { tearTail() }
    }

    /// What a crash in the middle of an append leaves.
    private func tearTail() {
        let path = stage.state.appendingPathComponent("events.jsonl")
        guard let file = try? FileHandle(forWritingTo: path) else { return }
        defer { try? file.close() }
        guard (try? file.seekToEnd()) ?? 0 > 0 else { return }
        try? file.write(contentsOf: Data(#"{"event":"to"#.utf8))
        tornTails += 1
    }

    private func ended(_ role: Role, _ code: Int32, _ child: Child) async throws {
        let said = (child.complained.isEmpty ? child.said : child.complained)
            .split(separator: "\n").suffix(2).joined(separator: " · ")
        switch role {
        case .executor:
            if code == orders.commands[command].ends {
                command += 1
                return
            }
            notes.append("executor ended with \(code): \(said)")
            endings += 1
            if said.contains("plan recover") { try await recover() }
            if endings > 40 || ![1, 4].contains(code) {
                troubles.append("executor ended with \(code): \(said)")
            }
            rests[role] = Date().addingTimeInterval(0.3)
        case .worker:
            // Before the run has begun there is nothing to work for.
            if FileManager.default.fileExists(atPath: stage.ledger.path) {
                notes.append("worker ended with \(code): \(said)")
            }
            rests[role] = Date().addingTimeInterval(0.5)
        case .gatewayOne, .gatewayTwo:
            troubles.append("\(role.name) ended with \(code): \(said)")
        }
    }

    /// As a person would, told so.
    private func recover() async throws {
        number += 1
        let child = try stage.start("plan", ["recover", "plan.yaml"], log: "recover-\(number)")
        let end = try await child.finish(within: 60)
        notes.append("recover ended with \(String(describing: end)): \(child.said.prefix(120))")
        guard end == .exited(0) else { return }
        recoveries += 1
        for role in [Role.gatewayOne, .gatewayTwo] {
            running[role]?.child.signal(SIGTERM)
            _ = try await running[role]?.child.finish(within: 20)
            running[role] = nil
        }
    }

    /// Returns when somebody was told to recover, and did.
    func awaitRecovery() async throws {
        let end = Date().addingTimeInterval(60)
        while recoveries == 0 {
            if Date() > end { throw Trouble("nobody noticed what became of the ledger") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func start(_ role: Role) throws {
        number += 1
        let log = "\(role.name)-\(number)"
        let crashAt = mayKill ? armament(role) : ""
        let child: Child =
            switch role {
            case .executor:
                try stage.start("plan", orders.commands[command].words, log: log, crashAt: crashAt)
            case .gatewayOne: try stage.gateway(0, log: log, crashAt: crashAt)
            case .gatewayTwo: try stage.gateway(1, log: log, crashAt: crashAt)
            case .worker:
                try stage.start(
                    "plan", ["work", "plan.yaml", "--workers", "1"], log: log, crashAt: crashAt)
            }
        running[role] = (child, !crashAt.isEmpty)
    }

    /// Where the next process in this role shall die: whichever comes first.
    private func armament(_ role: Role) -> String {
        role.points.filter { orders.points[$0.key] != nil }
            .map { "\($0.key.rawValue):\(Int.random(in: 1...$0.value))" }
            .joined(separator: ",")
    }

    private func killAtRandom() {
        nextKill = Date().addingTimeInterval(.random(in: orders.interval))
        if Int.random(in: 0..<12) == 0, running.count == Role.allCases.count {
            // As a power cut would, all but the stores.
            for (child, _) in running.values { child.signal(SIGKILL) }
            kills[Report.atRandom + "all at once", default: 0] += 1
            orders.randomKills -= 1
            return
        }
        let roles: [Role] = [
            .executor, .executor, .executor, .gatewayOne, .gatewayTwo, .worker,
        ]
        guard let role = roles.randomElement(), let child = running[role]?.child, child.isRunning
        else { return }
        child.signal(SIGKILL)
        kills[Report.atRandom + role.kind, default: 0] += 1
        orders.randomKills -= 1
    }

    func end() {
        for (child, _) in running.values { child.signal(SIGKILL) }
        running = [:]
    }
}
