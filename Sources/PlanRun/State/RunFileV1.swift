import PlanCore

/// `run.json`, format 1. Never changed: a new format is a new file beside this one.
struct RunFileV1: Codable {
    var formatVersion = 1
    var serial: Int
    var plan: String
    var planDigest: String
    var planText: String
    var source: Identity
    var target: Identity?
    var ledger: String
    var epoch: Int64
    var authority: String
    var intendedFlip: String?
    var direction: String
    var backTo: Int?
    var outcome: String
    var begun: Double
    var approvals: [Approval]
    var steps: [Step]

    struct Identity: Codable {
        var kind: String
        var instance: String
        var collection: String
    }

    struct Approval: Codable {
        var step: String
        var user: String
        var time: Double
        var planDigest: String
    }

    struct Step: Codable {
        var name: String
        var kind: String
        var state: String
        var attempts: Int
        var begun: Double?
        var ended: Double?
        var message: String?
        var notes: [String: String]
        var guards: [Guard]
    }

    struct Guard: Codable {
        var text: String
        var verdict: String
        var value: Double?
        var low: Double?
        var high: Double?
        var samples: Int
        var evaluations: Int
        var reason: String
    }
}

extension RunFileV1 {
    init(_ record: RunRecord) {
        serial = record.serial
        plan = record.plan
        planDigest = record.digest
        planText = record.text
        source = Identity(record.source)
        target = record.target.map(Identity.init)
        ledger = record.ledger
        epoch = record.epoch
        authority = record.authority.rawValue
        intendedFlip = record.intendedFlip
        switch record.machine.direction {
        case .forward: direction = "forward"
        case .back(let index):
            direction = "back"
            backTo = index
        }
        outcome = record.outcome.rawValue
        begun = record.begun
        approvals = record.approvals.map {
            Approval(step: $0.step, user: $0.user, time: $0.time, planDigest: $0.digest)
        }
        steps = zip(record.steps, record.machine.states).map { step, state in
            Step(
                name: step.name, kind: step.kind, state: state.rawValue, attempts: step.attempts,
                begun: step.begun, ended: step.ended, message: step.message, notes: step.notes,
                guards: step.guards.map(Guard.init))
        }
    }

    /// nil where a word is none of this format's.
    var record: RunRecord? {
        guard let side = Side(rawValue: authority), let end = RunRecord.Outcome(rawValue: outcome)
        else { return nil }
        var states: [RunMachine.StepState] = []
        var records: [RunRecord.StepRecord] = []
        for step in steps {
            guard let state = RunMachine.StepState(rawValue: step.state) else { return nil }
            states.append(state)
            var record = RunRecord.StepRecord(name: step.name, kind: step.kind)
            record.attempts = step.attempts
            record.begun = step.begun
            record.ended = step.ended
            record.message = step.message
            record.notes = step.notes
            record.guards = step.guards.compactMap(\.record)
            records.append(record)
        }
        var result = RunRecord(
            plan: plan, digest: planDigest, text: planText, source: source.identity,
            ledger: ledger, steps: records, begun: begun)
        result.serial = serial
        result.target = target?.identity
        result.epoch = epoch
        result.authority = side
        result.intendedFlip = intendedFlip
        result.outcome = end
        result.approvals = approvals.map {
            .init(step: $0.step, user: $0.user, time: $0.time, digest: $0.planDigest)
        }
        switch (direction, backTo) {
        case ("forward", _): result.machine = RunMachine(states: states, direction: .forward)
        case ("back", let index?):
            result.machine = RunMachine(states: states, direction: .back(to: index))
        default: return nil
        }
        return result
    }
}

extension RunFileV1.Identity {
    init(_ identity: StoreIdentity) {
        self.init(
            kind: identity.kind, instance: identity.instance, collection: identity.collection)
    }

    var identity: StoreIdentity {
        StoreIdentity(kind: kind, instance: instance, collection: collection)
    }
}

extension RunFileV1.Guard {
    init(_ record: RunRecord.GuardRecord) {
        // JSON has no infinity, which a Prometheus may well answer with.
        func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
        self.init(
            text: record.text, verdict: record.verdict.rawValue, value: finite(record.value),
            low: finite(record.low), high: finite(record.high), samples: record.samples,
            evaluations: record.evaluations, reason: record.reason)
    }

    var record: RunRecord.GuardRecord? {
        Verdict(rawValue: verdict).map {
            RunRecord.GuardRecord(
                text: text, verdict: $0, value: value, low: low, high: high, samples: samples,
                evaluations: evaluations, reason: reason)
        }
    }
}
