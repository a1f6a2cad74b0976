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

    private(set) var rows: [String: Row] = [:]
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
        let verdict = round.troubles.isEmpty ? "clean" : "FAILED"
        rounds.append("\(round.name): \(verdict), \(round.summary)")
        failures += round.troubles.map { "\(round.name): \($0)" }
    }

    /// Points that have to have been died at `least` times.
    func unmet(_ points: [CrashPoint], least: Int) -> [String] {
        points.map(Report.label).filter { rows[$0, default: Row()].kills < least }
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
    /// The run came to its end.
    var came = false
    var troubles: [String] = []
    var summary = ""
}
