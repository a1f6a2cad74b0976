/// The figures of one load, from the samples of every way.
struct CostFigures {
    let name: String
    let samples: [String: [Measured]]

    private static let bound = "Qdrant's engine behind a shim in Python on the same two cores"

    func all(_ way: CostStage.Way) -> [Figure] {
        let ours = samples[way.rawValue] ?? []
        let direct = samples[CostStage.Way.direct.rawValue] ?? []
        let label = "\(name): \(way.rawValue)"
        func figure(
            _ unit: String, _ field: KeyPath<Measured, Double>, _ goal: Figure.Goal? = nil
        ) -> Figure {
            Figure(
                group: "cost", name: label, unit: unit, value: ours.median(field),
                baseline: direct.median(field), baselineName: "direct",
                ratio: ours.ratio(to: direct, field), goal: goal, cores: nil,
                bound: CostFigures.bound)
        }
        func added(_ field: KeyPath<Measured, Double>, atMost limit: Double) -> Figure.Goal? {
            guard way == .gateway, name.hasPrefix("read") else { return nil }
            let more = ours.median(field) - direct.median(field)
            return Figure.Goal(
                text: "at most \(limit) ms more (\(Figure.rounded(more)))", isMet: more <= limit)
        }
        var figures = [
            figure("requests/s", \.perSecond), figure("ms p50", \.p50, added(\.p50, atMost: 1)),
            figure("ms p99", \.p99, added(\.p99, atMost: 5)),
        ]
        let nginx = way.isMirrored ? CostStage.Way.nginxMirror : .nginx
        if way != nginx {
            let theirs = samples[nginx.rawValue] ?? []
            let ratio = ours.ratio(to: theirs, \.microseconds)
            let goal = Figure.Goal(text: "≤ 2", isMet: ratio.median <= 2)
            figures.append(
                Figure(
                    group: "cost", name: label, unit: "CPU µs/request",
                    value: ours.median(\.microseconds), baseline: theirs.median(\.microseconds),
                    baselineName: nginx.rawValue, ratio: ratio,
                    goal: way == .mirroring && name.hasPrefix("read") ? goal : nil, cores: nil,
                    bound: "processor time of the proxy's own processes"))
        }
        return figures
    }

    /// What a target in trouble adds to what the application waits.
    func troubled(_ state: String) -> Figure {
        let ours = samples[state] ?? []
        let well = samples["well"] ?? []
        let ratio = ours.ratio(to: well, \.p99)
        return Figure(
            group: "cost, target in trouble", name: "\(name), the target \(state)", unit: "ms p99",
            value: ours.median(\.p99), baseline: well.median(\.p99),
            baselineName: "the target well", ratio: ratio,
            goal: Figure.Goal(text: "≤ 1.1", isMet: ratio.median <= 1.1), cores: nil,
            bound: "mirrored reads and the follower's writes are off the caller's path")
    }
}
