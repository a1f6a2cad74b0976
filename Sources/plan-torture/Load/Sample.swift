import Foundation

/// What a process holds at one moment.
struct Sample: Hashable, Sendable {
    /// Since the beginning.
    var seconds: Double
    /// Resident memory, in kilobytes.
    var memory: Int
    var descriptors: Int
    var threads: Int

    /// nil where there is no such process.
    init?(of process: Int32, at seconds: Double) {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
        guard let memory = Sample.number("VmRSS", status),
            let threads = Sample.number("Threads", status), let open
        else { return nil }
        self.seconds = seconds
        self.memory = memory
        self.threads = threads
        descriptors = open.count
    }

    private static func number(_ name: String, _ status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line?.split(whereSeparator: { " \t:".contains($0) }).dropFirst().first
            .flatMap { Int($0) }
    }
}

/// Samples of one process in the order of their time.
struct Samples: Sendable {
    private(set) var all: [Sample] = []
    /// How long the whole of it lasts, in seconds.
    let length: Double

    init(length: Double) { self.length = length }

    mutating func add(_ sample: Sample) { all.append(sample) }

    /// The first at or after this share of the time.
    func first(after share: Double) -> Sample? { all.first { $0.seconds >= share * length } }

    /// The highest value between two shares of the time: what a process holds goes up and down
    /// with the steps of a migration, so only the heights can be compared.
    func highest(_ value: (Sample) -> Int, _ shares: ClosedRange<Double>) -> Int? {
        all.filter { shares.contains($0.seconds / length) }.map(value).max()
    }

    /// How much higher the last third is than the first, once the first tenth has warmed it up.
    func growth(_ value: (Sample) -> Int) -> Int? {
        guard let early = highest(value, 0.1...0.4), let late = highest(value, 0.7...2) else {
            return nil
        }
        return late - early
    }
}
