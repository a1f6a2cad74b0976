import Foundation
import Glibc
import JSON
import PlanCore
import Processes

/// Measures; prints a table for people on standard error, and JSON on standard output.
@main enum Main {
    static let usage = """
        usage: plan-bench all URL FOLDER [--quick] [--psql PROGRAM] [--only GROUP]
               plan-bench gateway FOLDER [--quick] [--nginx PROGRAM]
               plan-bench store NAME ADDRESS FOLDER --client COMMAND [--rows N] [--rounds N]
                          [--psql PROGRAM] [--maker COMMAND]
               plan-bench movers FOLDER --chroma URL --qdrant URL --other-qdrant URL
                          --pgvector URL --vdf COMMAND --migrate COMMAND [--rows N] [--rounds N]
               plan-bench postgres URL [ROWS]
               plan-bench sqlite FILE [ROWS]
               plan-bench qdrant URL [ROWS]

        """

    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        switch words.first {
        case "all" where words.count >= 3: try await all(words)
        case "gateway" where words.count >= 2: try await gateway(words)
        case "store" where words.count >= 4: try await store(words)
        case "movers" where words.count >= 2: try await movers(words)
        case "memory" where words.count == 5:
            let lab = Lab(url: words[2], psqlProgram: "psql", folder: words[3], size: .full)
            try await MemoryBench(lab: lab).copy(words[1], Int(words[4]) ?? 0)
        case "postgres" where words.count >= 2:
            show(try await PostgresBench(url: words[1], rows: rows(words)).run())
        case "qdrant" where words.count >= 2:
            show(try await QdrantBench(url: words[1], rows: rows(words)).run())
        case "sqlite" where words.count >= 2:
            show(try await SQLiteBench(path: words[1], rows: rows(words)).run())
        default:
            print(usage, terminator: "")
            exit(2)
        }
        ProgramEnd.now(0)
    }

    private static func rows(_ words: [String]) -> Int {
        words.count > 2 ? Int(words[2]) ?? 20_000 : 20_000
    }

    private static func show(_ rates: [(String, Double)]) {
        let fields = rates.map { ($0.0, JSONValue.double($0.1)) }
        print(JSON.text(.object(Dictionary(fields, uniquingKeysWith: { $1 }))))
    }

    private static func value(_ option: String, _ words: [String]) -> String? {
        guard let place = words.firstIndex(of: option), place + 1 < words.count else { return nil }
        return words[place + 1]
    }

    /// `plan` is the one that was built into this program's folder.
    private static func gateway(_ words: [String]) async throws {
        let size: BenchSize = words.contains("--quick") ? .quick : .full
        let lab = Lab(url: "", psqlProgram: "", folder: words[1], size: size)
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: own).deletingLastPathComponent().path + "/plan"
        let figures = try await CostBench(
            lab: lab, program: program, nginx: value("--nginx", words) ?? "/usr/sbin/nginx"
        ).run()
        report(figures, lab)
    }

    private static func all(_ words: [String]) async throws {
        let size: BenchSize = words.contains("--quick") ? .quick : .full
        let lab = Lab(
            url: words[1], psqlProgram: value("--psql", words) ?? "psql", folder: words[2],
            size: size)
        let groups: [(name: String, run: () async throws -> [Figure])] = [
            ("backfill", { try await BackfillBench(lab: lab).run() }),
            ("verify", { try await VerifyBench(lab: lab).run() }),
            ("ledger", { try await LedgerBench(lab: lab).run() }),
            ("dual", { try await DualWriteBench(lab: lab).run() }),
            ("gateway", { try await GatewayBench(lab: lab).run() }),
            ("memory", { try await MemoryBench(lab: lab).run() }),
        ]
        let only = value("--only", words)
        var figures: [Figure] = []
        for (name, run) in groups where only == nil || only == name {
            lab.note(name)
            let start = ContinuousClock.now
            figures += try await run()
            lab.note("\(name) took \(Int((ContinuousClock.now - start).seconds)) s")
        }
        report(figures, lab)
    }

    private static func report(_ figures: [Figure], _ lab: Lab) {
        let size = lab.size
        lab.note(
            "\(size.records) records of \(Lab.dimension) entries, medians of "
                + "\(size.repetitions) runs\n" + FigureTable.text(figures))
        show(figures, size: size.name, records: size.records, repetitions: size.repetitions)
    }

    private static func store(_ words: [String]) async throws {
        guard let kind = StoreKind(rawValue: words[1]), kind != .files,
            let client = value("--client", words)
        else {
            print(usage, terminator: "")
            exit(2)
        }
        let bench = StoreBench(
            subject: BenchSubject(
                kind: kind, address: words[2], maker: value("--maker", words)),
            folder: words[3], rows: value("--rows", words).flatMap(Int.init) ?? 20_000,
            rounds: value("--rounds", words).flatMap(Int.init) ?? 3, client: client,
            psql: value("--psql", words) ?? "psql")
        let figures = try await bench.run()
        Lab.note(
            "\(bench.rows) records of \(Lab.dimension) entries, medians of \(bench.rounds) runs\n"
                + FigureTable.text(figures))
        show(figures, size: "store", records: bench.rows, repetitions: bench.rounds)
    }

    private static func movers(_ words: [String]) async throws {
        let given = ["--chroma", "--qdrant", "--other-qdrant", "--pgvector", "--vdf", "--migrate"]
            .compactMap { value($0, words) }
        guard given.count == 6 else {
            print(usage, terminator: "")
            exit(2)
        }
        let bench = MoversBench(
            chroma: BenchSubject(kind: .chroma, address: given[0]),
            qdrant: BenchSubject(kind: .qdrant, address: given[1]),
            otherQdrant: BenchSubject(kind: .qdrant, address: given[2]),
            pgvector: BenchSubject(kind: .pgvector, address: given[3]),
            lab: Lab(url: given[3], psqlProgram: "psql", folder: words[1], size: .full),
            rows: value("--rows", words).flatMap(Int.init) ?? 20_000,
            rounds: value("--rounds", words).flatMap(Int.init) ?? 3, vdf: given[4],
            migrate: given[5])
        let figures = try await bench.run()
        Lab.note(
            "\(bench.rows) records of \(Lab.dimension) entries, medians of \(bench.rounds) runs\n"
                + FigureTable.text(figures))
        show(figures, size: "movers", records: bench.rows, repetitions: bench.rounds)
    }

    private static func show(
        _ figures: [Figure], size: String, records: Int, repetitions: Int
    ) {
        print(
            JSON.text(
                .object([
                    "version": .int(1), "size": .string(size), "records": .int(Int64(records)),
                    "dimension": .int(Int64(Lab.dimension)),
                    "repetitions": .int(Int64(repetitions)),
                    "cores": .int(Int64(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
                    "figures": .array(figures.map(\.json)),
                ])))
    }
}
