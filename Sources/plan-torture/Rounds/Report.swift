import PlanSync

/// What was done to the processes, and what came of it.
struct Report: Sendable {
    struct Row: Sendable {
        var kills = 0
        /// Kills in rounds that came to their end.
        var resumed = 0
        /// Of those, kills in rounds whose every check was clean.
        var clean = 0
    }

    /// How the name of every kill begins that no crash point made.
    static let atRandom = "at random: "

    private(set) var rows: [String: Row] = [:]
    private var tornTails = 0
    private(set) var rounds: [String] = []
    private(set) var failures: [String] = []

    mutating func add(_ round: RoundResult) {
        for (name, kills) in round.kills {
            var row = rows[name] ?? Row()
            row.kills += kills
            if round.came { row.resumed += kills }
            if round.troubles.isEmpty { row.clean += kills }
            rows[name] = row
        }
        tornTails += round.tornTails
        let verdict = round.troubles.isEmpty ? "clean" : "FAILED"
        rounds.append("\(round.name): \(verdict), \(round.summary)")
        failures += round.troubles.map { "\(round.name): \($0)" }
    }

    /// Of the points, each of which has to have been died at `least` times, and of the kills at
    /// random, of which there have to have been so many: what is still to come, in words.
    func unmet(_ points: [CrashPoint], least: Int, atRandom: Int) -> [String] {
        points.filter { kills(at: $0) < least }
            .map { "fewer than \(least) kills \(Report.label($0))" }
            + (randomKills < atRandom ? ["fewer than \(atRandom) kills at random"] : [])
    }

    var randomKills: Int {
        rows.reduce(0) { $0 + ($1.key.hasPrefix(Report.atRandom) ? $1.value.kills : 0) }
    }

    func kills(at point: CrashPoint) -> Int { rows[Report.label(point)]?.kills ?? 0 }

    static func label(_ point: CrashPoint) -> String { "at \(point.rawValue)" }

    var lines: [String] {
        var lines = [Report.line("killed", "kills", "resumed", "clean")]
        for (name, row) in rows.sorted(by: { $0.key < $1.key }) {
            lines.append(Report.line(name, "\(row.kills)", "\(row.resumed)", "\(row.clean)"))
        }
        let all = rows.values.reduce(0) { $0 + $1.kills }
        lines.append(Report.line("all", "\(all)", "", ""))
        lines.append(Report.line("of which at random", "\(randomKills)", "", ""))
        lines.append(Report.line("leaving a torn events.jsonl", "\(tornTails)", "", ""))
        return lines + [""] + rounds + failures.map { "FAILED \($0)" }
    }

    private static func line(_ words: String...) -> String {
        words[0].padded(to: 36) + words.dropFirst().map { $0.padded(to: 10) }.joined()
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}

/// One migration that was tortured.
struct RoundResult: Sendable {
    var name: String
    var kills: [String: Int] = [:]
    var tornTails = 0
    /// The run came to its end.
    var came = false
    var troubles: [String] = []
    var summary = ""
}
