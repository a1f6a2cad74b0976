@preconcurrency import Glibc
import PlanSync
import TestServers

/// `plan-torture` runs real migrations of the real programs, from SQLite to PostgreSQL with
/// pgvector under live traffic, kills their processes at every crash point and at random, breaks
/// what they stand on, and checks what is left.
@main
enum Main {
    static func main() async {
        setvbuf(stdout, nil, _IOLBF, 0)
        Interruption.watch()
        let words = Array(CommandLine.arguments.dropFirst())
        guard let campaign = Campaign(words) else {
            print(
                "usage: plan-torture [share | kills [ROUNDS] | faults [NAME…]] [--keep]; "
                    + "without a word, all of it")
            exit(2)
        }
        // An honest disk: a server that is killed keeps what it has acknowledged.
        setenv("FSYNC", "on", 1)
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
}
