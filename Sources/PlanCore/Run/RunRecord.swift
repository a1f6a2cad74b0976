/// Everything a run must remember, as `run.json` keeps it.
package struct RunRecord: Hashable, Sendable {
    package struct StepRecord: Hashable, Sendable {
        package var name: String
        package var kind: String
        package var attempts = 0
        /// Unix seconds.
        package var begun: Double?
        package var ended: Double?
        /// Why it failed or waits, for people.
        package var message: String?
        /// What it created and how far it is, by name.
        package var notes: [String: String] = [:]
        /// The latest judgement of each guard, and how many went before it.
        package var guards: [GuardRecord] = []

        package init(name: String, kind: String) {
            self.name = name
            self.kind = kind
        }
    }

    package struct GuardRecord: Hashable, Sendable {
        package var text: String
        package var verdict: Verdict
        package var value: Double?
        package var low: Double?
        package var high: Double?
        package var samples: Int
        package var evaluations: Int
        package var reason: String

        package init(
            text: String, verdict: Verdict, value: Double? = nil, low: Double? = nil,
            high: Double? = nil, samples: Int = 0, evaluations: Int = 0, reason: String = ""
        ) {
            self.text = text
            self.verdict = verdict
            self.value = value
            self.low = low
            self.high = high
            self.samples = samples
            self.evaluations = evaluations
            self.reason = reason
        }
    }

    package struct Approval: Hashable, Sendable {
        package var step: String
        package var user: String
        package var time: Double
        package var digest: String

        package init(step: String, user: String, time: Double, digest: String) {
            self.step = step
            self.user = user
            self.time = time
            self.digest = digest
        }
    }

    package enum Outcome: String, Hashable, Sendable {
        case active, paused, waiting
        case failed = "guard_failed"
        case rolledBack = "rolled_back"
        case done
    }

    /// One more with each save.
    package var serial = 0
    package var plan: String
    /// SHA-256 of the plan's text, and the text itself, so that an edit can be shown.
    package var digest: String
    package var text: String
    package var source: StoreIdentity
    /// nil until the target exists.
    package var target: StoreIdentity?
    package var ledger: String
    package var epoch: Int64 = 0
    package var authority = Side.source
    package var intendedFlip: String?
    package var machine: RunMachine
    package var steps: [StepRecord]
    package var approvals: [Approval] = []
    package var outcome = Outcome.active
    package var begun: Double

    package init(
        plan: String, digest: String, text: String, source: StoreIdentity, ledger: String,
        steps: [StepRecord], begun: Double
    ) {
        self.plan = plan
        self.digest = digest
        self.text = text
        self.source = source
        self.ledger = ledger
        self.steps = steps
        self.begun = begun
        machine = RunMachine(steps: steps.count)
    }

    /// The note of a step that lets the source go, written before it does.
    package static let noReturn = "no_return"

    /// A step was begun after which the source does not follow any more.
    package var isPastReturn: Bool { steps.contains { $0.notes[RunRecord.noReturn] != nil } }
}

/// What a guard says. No data is never a pass.
package enum Verdict: String, Hashable, Sendable {
    case pass, fail, inconclusive
}

/// Where run records are kept.
package protocol RunStore: Sendable {
    /// nil where there is none yet. Throws `Diagnostic` for one that cannot be read.
    func load() async throws -> RunRecord?
    /// Durable when it returns.
    func save(_ record: RunRecord) async throws
    /// One event of the history, a JSON object on one line.
    func append(event: JSONObject) async throws
}
