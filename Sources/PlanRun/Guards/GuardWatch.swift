import PlanCore
import PlanSync

/// Watches a step's guards while it works, and judges them when it is done.
actor GuardWatch {
    private let context: RunContext
    private let index: Int
    private var reader: MetricReader?
    private var monitors: [GuardMonitor]
    private var recorded: [RunRecord.GuardRecord] = []
    private var attempt = 0

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
    }

    /// Until a guard fails or cannot say; for ever where all is well.
    func watch() async throws {
        while true {
            try await collect()
            if !judgesResult { try await look() }
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

    /// A verification's guards are about its result: there is nothing to judge before it is there.
    private var judgesResult: Bool { context.plan.steps[index].kind.word == .verify }

    /// The last word, when the work is done: one measurement more, however often it has to look.
    func conclude() async throws {
        try await collect()
        for slot in monitors.indices { await feed(slot) }
        // What gateways saw last is on its way: they write down what they count once a second.
        let limit = context.time.now + GuardWatch.lastWord
        while monitors.contains(where: \.isUndecided), context.time.now < limit {
            try await context.time.sleep(for: .milliseconds(250))
            try await collect()
            for slot in monitors.indices where monitors[slot].isUndecided { await feed(slot) }
        }
        let now = context.time.now
        for slot in monitors.indices where !monitors[slot].isOver {
            _ = monitors[slot].evaluate(now: now)
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
        try await GuardSamples.forget(step: index, context)
    }

    private static let lastWord: Duration = .seconds(3)

    /// Begins, or goes on where a process before this one was in the same attempt of the step.
    private func begin() async throws -> MetricReader {
        if let reader { return reader }
        let now = context.time.now
        attempt = await context.journal.record.steps[index].attempts
        var pending: MetricReader.Pending?
        if let saved = try await GuardSamples.read(step: index, context), saved.attempt == attempt,
            saved.monitors.count == monitors.count
        {
            var restored = monitors
            let isWhole = restored.indices.allSatisfy {
                restored[$0].restore(saved.monitors[$0], now: now)
            }
            if isWhole {
                monitors = restored
                pending = saved.pending
            }
        }
        for slot in monitors.indices { monitors[slot].begin(now: now) }
        let made = MetricReader(
            context: context, step: index, guards: monitors.map(\.subject), pending: pending)
        reader = made
        return made
    }

    private func collect() async throws {
        let reader = try await begin()
        guard !monitors.isEmpty else { return }
        let now = context.time.now
        for slot in monitors.indices where monitors[slot].isDelayed(now: now) {
            await reader.discard(slot: slot)
        }
        let samples = samples
        try await reader.collect { pending in
            var samples = samples
            samples.pending = pending
            return try samples.status
        }
    }

    private var samples: GuardSamples {
        let now = context.time.now
        return GuardSamples(
            step: index, attempt: attempt, monitors: monitors.map { $0.snapshot(now: now) },
            pending: [:])
    }

    private func feed(_ slot: Int) async {
        guard let reader, !monitors[slot].isOver else { return }
        let reading = await reader.reading(of: monitors[slot].subject, slot: slot)
        monitors[slot].feed(reading, now: context.time.now)
        monitors[slot].refresh()
    }

    private func look() async throws {
        let now = context.time.now
        var looked = false
        for slot in monitors.indices where monitors[slot].isDue(now: now) {
            await feed(slot)
            _ = monitors[slot].evaluate(now: now)
            looked = true
        }
        if looked { try await publish(durable: false) }
    }

    /// For `status` at once; on disk when a verdict changed.
    private func publish(durable: Bool) async throws {
        let records = monitors.map(\.record)
        let changed = records.map(\.verdict) != recorded.map(\.verdict)
        let step = index
        recorded = records
        let lines = records.map(GuardText.line).joined(separator: "\n")
        var samples = samples
        samples.pending = await reader?.pending ?? [:]
        let saved = try samples.status
        _ = try await context.ledger.write(.relaxed) { ledger in
            try ledger.setStatus("guards:\(step)", lines)
            try ledger.setStatus(saved.name, saved.text)
        }
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
