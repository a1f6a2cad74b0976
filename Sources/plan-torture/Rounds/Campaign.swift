import Foundation
import PlanSync
import TestServers

/// Which rounds are run.
struct Campaign: Sendable {
    private enum Part: Hashable, Sendable {
        case share
        case kills(rounds: Int)
        case faults(Set<String>)
    }

    private var parts: [Part]
    private let keepsFolders: Bool

    /// nil where the words are none of ours.
    init?(_ words: [String]) {
        keepsFolders = words.contains("--keep")
        let rest = words.filter { $0 != "--keep" }
        switch rest.first {
        case nil: parts = [.kills(rounds: 10), .faults([])]
        case "share": parts = [.share]
        case "kills":
            guard let rounds = Int(rest.dropFirst().first ?? "10"), rounds > 0 else { return nil }
            parts = [.kills(rounds: rounds)]
        case "faults":
            let names = Set(rest.dropFirst())
            guard names.isSubset(of: Fault.all.map(\.name)) else { return nil }
            parts = [.faults(names)]
        default: return nil
        }
    }

    func run(_ server: PostgresServer) async throws -> Report {
        var report = Report()
        for part in parts {
            switch part {
            case .share:
                try await add(Campaign.share, &report, server, records: 500, rate: 1_000)
            case .kills(let rounds):
                // A point that chance left out has its turn in a later round.
                for number in 1...(rounds + 3) {
                    if number > rounds, unmet(report).isEmpty { break }
                    let round = Campaign.kills(number, after: report)
                    try await add(round, &report, server, records: 1_500, rate: 400)
                }
            case .faults(let names):
                for fault in Fault.all where names.isEmpty || names.contains(fault.name) {
                    if let reason = fault.obstacle() {
                        print("\(fault.name): skipped, \(reason)")
                        continue
                    }
                    try await add(
                        fault.round(server), &report, server, records: 1_500, rate: 400)
                }
            }
        }
        return report
    }

    private func add(
        _ round: Round, _ report: inout Report, _ server: PostgresServer, records: Int, rate: Int
    ) async throws {
        var round = round
        round.keepsFolder = keepsFolders
        let stage = try Stage(
            .sqliteToPostgres(database: try server.makeDatabase()), records: records,
            pace: .init(rate: rate, soak: round.soak))
        let result = await round.run(stage)
        report.add(result)
        print(report.rounds.last ?? "")
        for trouble in result.troubles { print("    FAILED \(trouble)") }
    }

    /// What is left undone of what a campaign promises.
    func unmet(_ report: Report) -> [String] {
        guard case .kills(let rounds)? = parts.first else { return [] }
        return report.unmet(
            CrashPoint.allCases, least: rounds, atRandom: rounds * Campaign.randomKills)
    }

    private static let randomKills = 10

    /// Every point once and ten kills at random, or what earlier rounds left out of both: a round
    /// may end before its last. Every third round goes back in the end.
    private static func kills(_ number: Int, after report: Report) -> Round {
        var orders = Crew.Orders()
        for point in CrashPoint.allCases {
            orders.points[point] = max(1, number - report.kills(at: point))
        }
        orders.randomKills = max(2, number * randomKills - report.randomKills)
        guard number % 3 == 0 else { return Round(name: "kills \(number)", orders: orders) }
        orders.commands = [
            .init(["apply", "plan.yaml", "--until", "cutover"], ends: 0),
            .init(["rollback", "plan.yaml"], ends: 5),
        ]
        return Round(
            name: "kills \(number), and back", orders: orders, outcome: "rolled_back",
            authority: "source")
    }

    /// Small enough for every day.
    private static var share: Round {
        var orders = Crew.Orders()
        for point in CrashPoint.allCases { orders.points[point] = 1 }
        orders.randomKills = 4
        orders.seconds = 60
        return Round(name: "share", orders: orders, limit: 240)
    }
}
