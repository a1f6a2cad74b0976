@preconcurrency import Glibc
import PlanSync
import TestServers

/// `plan-torture` runs real migrations of the real programs, from SQLite to PostgreSQL with
/// pgvector under live traffic, kills their processes at every crash point and at random, breaks
/// what they stand on, and checks what is left.
///
/// `plan-torture load` breaks nothing: a migration goes round and round under load for an hour,
/// and the gateway must need no more memory and no more descriptors at its end.
@main
enum Main {
    static func main() async {
        setvbuf(stdout, nil, _IOLBF, 0)
        Interruption.watch()
        let words = Array(CommandLine.arguments.dropFirst())
        // An honest disk: a server that is killed keeps what it has acknowledged.
        setenv("FSYNC", "on", 1)
        if words.first == "load" { await load(words) }
        guard let campaign = Campaign(words) else { explain() }
        do {
            let server = try PostgresServer.shared()
            let report = try await campaign.run(server)
            print("")
            for line in report.lines { print(line) }
            let unmet = campaign.unmet(report)
            for line in unmet { print("FAILED \(line)") }
            Child.endAll()
            exit(report.failures.isEmpty && unmet.isEmpty ? 0 : 1)
        } catch {
            print("plan-torture: \(error)")
            Child.endAll()
            exit(1)
        }
    }

    private static func explain() -> Never {
        print(
            "usage: plan-torture [share | kills [ROUNDS] | faults [NAME…]] [--keep]; "
                + "without a word, all of it\n"
                + "       plan-torture load [MINUTES]")
        exit(2)
    }

    private static func load(_ words: [String]) async -> Never {
        guard let minutes = Double(words.dropFirst().first ?? "60"), minutes > 0, words.count < 3
        else { explain() }
        do {
            let server = try PostgresServer.shared()
            let report = try await Load(seconds: minutes * 60).run(try server.makeDatabase())
            print("")
            for line in report.lines { print(line) }
            for line in report.troubles { print("FAILED \(line)") }
            Child.endAll()
            exit(report.troubles.isEmpty ? 0 : 1)
        } catch {
            print("plan-torture: \(error)")
            Child.endAll()
            exit(1)
        }
    }
}
