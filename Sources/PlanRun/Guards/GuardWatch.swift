import PlanCore
import PlanSync

/// Watches a step's guards while it works, and judges them when it is done.
actor GuardWatch {
    private let context: RunContext
    private let index: Int
    private let reader: MetricReader
    private var monitors: [GuardMonitor]
    private var recorded: [RunRecord.GuardRecord] = []

    init(context: RunContext, index: Int) {
        self.context = context
        self.index = index
        var guards = context.plan.steps[index].guards
        // While the follower answers reads, searches may miss what waits for repair.
        if case .cutover = context.plan.steps[index].kind,
            !guards.contains(where: { $0.measure == .metric(Metric(.repairAge)) })
        {
            guards.append(
                Guard(
                    .metric(Metric(.repairAge)), name: "repair_age",
                    success: Condition(.less, 60, text: "< 60s")))
        }
        monitors = guards.map(GuardMonitor.init)
        reader = MetricReader(context: context)
    }

    /// Until a guard fails or cannot say; for ever where all is well. Only counts after the work.
    func watch() async throws {
        if judgesResult { try await Task.sleep(forever: context.time) }
        while true {
            try await look()
            for monitor in monitors {
                switch monitor.state {
                case .failed(let why): throw StepFailure.guardFailed(why)
                case .inconclusive(let why): throw StepFailure.guardInconclusive(why)
                case .watching, .satisfied: break
                }
            }
            try await context.time.sleep(for: .milliseconds(250))
        }
    }

    /// A verification's guards are about its result: there is nothing to see before it is there.
    private var judgesResult: Bool { context.plan.steps[index].kind.word == .verify }

    /// The last word, when the work is done.
    func conclude() async throws {
        try await look(evenIfNotDue: true)
        // What gateways saw last is on its way: they write down what they count once a second.
        let limit = context.time.now + GuardWatch.lastWord
        while isUndecided, context.time.now < limit {
            try await context.time.sleep(for: .milliseconds(250))
            try await look(evenIfNotDue: true)
        }
        try await publish(durable: true)
        var undecided: String?
        for monitor in monitors {
            switch monitor.outcome {
            case .failed(let why): throw StepFailure.guardFailed(why)
            case .inconclusive(let why): undecided = undecided ?? why
            case .watching, .satisfied: break
            }
        }
        if let undecided { throw StepFailure.guardInconclusive(undecided) }
    }

    private static let lastWord: Duration = .seconds(3)

    private var isUndecided: Bool {
        monitors.contains { monitor in
            if case .inconclusive = monitor.outcome { return true }
            return false
        }
    }

    private func look(evenIfNotDue: Bool = false) async throws {
        guard !monitors.isEmpty else { return }
        try await reader.collect()
        let now = context.time.now
        for position in monitors.indices where evenIfNotDue || monitors[position].isDue(now: now) {
            let reading = await reader.reading(of: monitors[position].subject, slot: position)
            monitors[position].feed(reading, now: now)
            _ = monitors[position].evaluate(now: now)
        }
        try await publish(durable: false)
    }

    /// For `status` at once; on disk when a verdict changed.
    private func publish(durable: Bool) async throws {
        let records = monitors.map(\.record)
        let changed = records.map(\.verdict) != recorded.map(\.verdict)
        let step = index
        recorded = records
        let lines = records.map(GuardText.line).joined(separator: "\n")
        _ = try await context.ledger.write(.relaxed) { try $0.setStatus("guards:\(step)", lines) }
        guard durable || changed else { return }
        try await context.journal.update { $0.steps[step].guards = records }
    }
}

extension GuardMonitor {
    var record: RunRecord.GuardRecord {
        RunRecord.GuardRecord(
            text: subject.text, verdict: last?.verdict ?? .inconclusive, value: last?.value,
            low: last?.low, high: last?.high, samples: last?.samples ?? 0,
            evaluations: evaluations, reason: last?.reason ?? "no data yet")
    }
}

/// Live guard records in the ledger's status: fields by tabs, one guard a line.
package enum GuardText {
    static func line(_ record: RunRecord.GuardRecord) -> String {
        let numbers = [record.value, record.low, record.high].map { $0?.description ?? "" }
        return
            ([record.text, record.verdict.rawValue] + numbers + [
                String(record.samples), String(record.evaluations), record.reason,
            ]).joined(separator: "\t")
    }

    package static func records(_ text: String) -> [RunRecord.GuardRecord] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(
                String.init)
            guard fields.count == 8, let verdict = Verdict(rawValue: fields[1]) else { return nil }
            return RunRecord.GuardRecord(
                text: fields[0], verdict: verdict, value: Double(fields[2]),
                low: Double(fields[3]), high: Double(fields[4]), samples: Int(fields[5]) ?? 0,
                evaluations: Int(fields[6]) ?? 0, reason: fields[7])
        }
    }
}

extension Task where Success == Never, Failure == Never {
    static func sleep(forever time: any TimeSource) async throws {
        while true { try await time.sleep(for: .seconds(3_600)) }
    }
}
