@preconcurrency import Glibc
import PlanSync
import Processes
import Synchronization
import TestServers

/// `plan-torture` runs real migrations of the real programs, from SQLite to PostgreSQL with
/// pgvector under live traffic, kills their processes at every crash point and at random, breaks
/// what they stand on, and checks what is left.
///
/// `plan-torture load` breaks nothing: a migration goes round and round under load for an hour,
/// there or between two of Qdrant's engines, and the gateway must need no more memory and no more
/// descriptors at its end.
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
            end(report.failures.isEmpty && unmet.isEmpty ? 0 : 1)
        } catch {
            print("plan-torture: \(error)")
            end(1)
        }
    }

    /// Servers that end with this process.
    private static func pair(_ word: String) throws -> StagePair {
        switch word {
        case "postgres":
            return .sqliteToPostgres(database: try PostgresServer.shared().makeDatabase())
        case "qdrant":
            let quick = ["QDRANT_CHECK": "0"]
            let source = try RESTServer(.qdrant, environment: quick)
            let target = try RESTServer(.qdrant, environment: quick)
            servers.withLock { $0 = [source, target] }
            return .qdrantToQdrant(source: source.url, target: target.url)
        default: explain()
        }
    }

    private static func end(_ code: Int32) -> Never {
        Child.endAll()
        PostgresServer.removeShared()
        servers.withLock { $0.removeAll() }
        ProgramEnd.now(code)
    }

    private static let servers = Mutex<[RESTServer]>([])

    private static func explain() -> Never {
        print(
            "usage: plan-torture [share | kills [ROUNDS] | faults [NAME…]] [--keep]; "
                + "without a word, all of it\n"
                + "       plan-torture load [MINUTES [postgres|qdrant]]")
        exit(2)
    }

    private static func load(_ words: [String]) async -> Never {
        guard let minutes = Double(words.dropFirst().first ?? "60"), minutes > 0, words.count < 4
        else { explain() }
        do {
            let report = try await Load(seconds: minutes * 60).run(
                try pair(words.dropFirst(2).first ?? "postgres"))
            print("")
            for line in report.lines { print(line) }
            for line in report.troubles { print("FAILED \(line)") }
            end(report.troubles.isEmpty ? 0 : 1)
        } catch {
            print("plan-torture: \(error)")
            end(1)
        }
    }
}
