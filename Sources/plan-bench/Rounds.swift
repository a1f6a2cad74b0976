import PlanCore

/// Several variants of one thing, measured in turn, so that whatever else the machine does meets
/// all of them alike. Each round begins with another variant.
struct Rounds {
    typealias Body = () async throws -> Measured

    private var variants: [(name: String, body: Body)] = []

    mutating func add(_ name: String, _ body: @escaping Body) { variants.append((name, body)) }

    /// By variant, in the order of the rounds.
    func run(_ repetitions: Int) async throws -> [String: [Measured]] {
        var samples: [String: [Measured]] = [:]
        for round in 0..<repetitions {
            for turn in variants.indices {
                let (name, body) = variants[(round + turn) % variants.count]
                samples[name, default: []].append(try await body())
            }
        }
        return samples
    }
}

/// One run of one variant.
struct Measured: Sendable {
    var perSecond: Double
    /// Milliseconds, of one call; 0 where calls were not told apart.
    var p50 = 0.0
    /// The same of the slowest hundredth.
    var p99 = 0.0
    var calls = 0.0
    /// Processor time of a call, where another process is measured.
    var microseconds = 0.0
    /// Cores that this process kept busy.
    var cores = 0.0

    /// Does something once that handles so many records.
    static func run(_ count: Int, _ body: () async throws -> Void) async throws -> Measured {
        let before = BenchTime.processorSeconds
        let elapsed = try await ContinuousClock().measure(body).seconds
        return Measured(
            perSecond: Double(count) / elapsed,
            cores: (BenchTime.processorSeconds - before) / elapsed)
    }
}

extension [Measured] {
    func median(_ field: KeyPath<Measured, Double>) -> Double {
        Spread(map { $0[keyPath: field] }).median
    }

    /// Each round's ratio to the baseline of the same round.
    func ratio(to baseline: [Measured], _ field: KeyPath<Measured, Double>) -> Spread {
        Spread(zip(self, baseline).map { $0[keyPath: field] / $1[keyPath: field] })
    }
}
