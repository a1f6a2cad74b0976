import Foundation

/// What an hour of load showed.
struct LoadReport: Sendable {
    /// Kilobytes by which the last third may need more than the first.
    static let memoryBound = 32_768
    /// Descriptors likewise: a connection more is a pool at work, one a turn is a leak.
    let descriptorBound: Int

    var samples: Samples
    var turns: Int
    var arrivals: Int
    /// What the application said at its end.
    var application: String
    /// The sizes of what the run keeps, in bytes.
    var ledger: Int
    var events: Int
    var found: [String] = []

    /// What must not be: empty where all is well.
    var troubles: [String] {
        var troubles = found
        if arrivals < 2 { troubles.append("the migration went there only \(arrivals) times") }
        guard let memory = samples.growth(\.memory),
            let descriptors = samples.growth(\.descriptors)
        else { return troubles + ["too few samples: \(samples.all.count)"] }
        if memory > LoadReport.memoryBound {
            troubles.append(
                "the gateway's memory grew by \(shown(memory)), more than "
                    + shown(LoadReport.memoryBound))
        }
        if descriptors > descriptorBound {
            troubles.append(
                "the gateway's descriptors grew by \(descriptors), more than "
                    + "\(descriptorBound)")
        }
        return troubles
    }

    var lines: [String] {
        var lines = application.split(separator: "\n").map(String.init).filter {
            ["searches,", "✓", "✗", "longest write"].contains(where: $0.contains)
                && !$0.contains("·")
        }
        lines.append("turns of the migration: \(turns), \(arrivals) times to the target")
        lines.append(row("the gateway", "at 10 %", "at the end", "highest", "growth"))
        lines.append(line("memory", \.memory, shown))
        lines.append(line("descriptors", \.descriptors, String.init))
        lines.append(line("threads", \.threads, String.init))
        lines.append("growth: the highest of the last third less that of 10 to 40 % of the time")
        lines.append("\(samples.all.count) samples; ledger \(ledger) bytes, events \(events) bytes")
        return lines
    }

    private func line(
        _ name: String, _ value: @escaping (Sample) -> Int, _ shown: (Int) -> String
    ) -> String {
        let values = [
            samples.first(after: 0.1).map(value), samples.all.last.map(value),
            samples.highest(value, 0...2), samples.growth(value),
        ]
        return row(name, values.map { $0.map(shown) ?? "–" })
    }

    private func shown(_ kilobytes: Int) -> String {
        "\((Double(kilobytes) / 102.4).rounded() / 10) MB"
    }

    private func row(_ name: String, _ cells: String...) -> String { row(name, cells) }

    private func row(_ name: String, _ cells: [String]) -> String {
        ([name] + cells).map { $0 + String(repeating: " ", count: max(1, 14 - $0.count)) }.joined()
    }
}
