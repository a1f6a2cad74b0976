import JSON
import PlanCore

/// `plan-bench postgres URL [ROWS]`, `plan-bench sqlite FILE [ROWS]`: rows and searches a second, as
/// one JSON object.
@main enum Main {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count >= 2, ["postgres", "sqlite"].contains(words[0]) else {
            print("usage: plan-bench postgres URL [ROWS] | plan-bench sqlite FILE [ROWS]")
            return
        }
        let rows = words.count > 2 ? Int(words[2]) ?? 20_000 : 20_000
        let rates =
            words[0] == "sqlite"
            ? try await SQLiteBench(path: words[1], rows: rows).run()
            : try await PostgresBench(url: words[1], rows: rows).run()
        print(
            JSON.text(
                .object(
                    Dictionary(
                        rates.map { ($0.0, .double($0.1)) }, uniquingKeysWith: { $1 }))))
    }
}
