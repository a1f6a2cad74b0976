/// Where a run is, as people and programs ask for it.
package struct RunStatus: Hashable, Sendable {
    package struct StepStatus: Hashable, Sendable {
        package var name: String
        package var kind: String
        package var state: RunMachine.StepState
        package var message: String?
        /// Seconds it took, or has taken so far.
        package var seconds: Double?
        package var done: Int64?
        package var total: Int64?
        /// Records a second.
        package var rate: Double?
        /// Seconds to go.
        package var eta: Double?
        package var guards: [RunRecord.GuardRecord] = []
        /// What it found or made, for people: `write_pause_ms`, `copied`, …
        package var notes: [String: String] = [:]

        package init(name: String, kind: String, state: RunMachine.StepState) {
            self.name = name
            self.kind = kind
            self.state = state
        }
    }

    package struct GatewayStatus: Hashable, Sendable {
        package var name: String
        package var acknowledged: Int64
        package var requests: Int64
        /// Seconds since its last sign of life.
        package var silent: Double

        package init(name: String, acknowledged: Int64, requests: Int64, silent: Double) {
            self.name = name
            self.acknowledged = acknowledged
            self.requests = requests
            self.silent = silent
        }
    }

    package enum GoesBack: Hashable, Sendable {
        case reversible, final
    }

    package var plan: String
    package var file: String
    package var outcome: RunRecord.Outcome?
    package var route: Route?
    package var steps: [StepStatus] = []
    package var gateways: [GatewayStatus] = []
    /// Keys to repair, the age of the oldest in seconds, keys refused for good.
    package var backlog = 0
    package var backlogAge = 0.0
    package var refused: [RefusedKey] = []
    package var refusedCount = 0
    /// What is being waited for right now.
    package var waiting: String?
    /// Whether some process holds the run.
    package var isHeld = false
    /// A rollback is under way, and whether it can still be taken back; nil where there is none.
    package var goesBack: GoesBack?
    /// Why the ledger cannot be asked.
    package var trouble: String?

    package init(plan: String, file: String) {
        self.plan = plan
        self.file = file
    }

    /// The note of a step whose work is done and whose guards could not say: since when.
    package static let undecided = "undecided"

    package var current: StepStatus? {
        steps.first { $0.state == .running || $0.state == .failed }
            ?? steps.first { $0.state == .waiting }
    }

    /// Nothing goes back any more: the source is let go, or is about to be.
    package var isPastReturn: Bool {
        if steps.contains(where: { $0.notes[RunRecord.noReturn] != nil }) { return true }
        guard let route else { return false }
        return route.authority == .target && route.follower == nil
    }

    /// What a person should know or do before typing it; nil where there is nothing to say.
    package var advice: String? {
        if let goesBack { return goesBack == .reversible ? turning : nil }
        if let failing { return failing }
        guard isPastReturn, !isHeld, outcome != .done else { return nil }
        return "past the point of no return: nothing goes back, and apply finishes the run"
    }

    /// Only where something is still to be written: else it is about to be over.
    private var turning: String? {
        guard backlog > 0, route?.authority == .target else { return nil }
        let pause = isHeld ? "'plan pause \(file)', then " : ""
        return "going back waits until the source has every write; if it is gone for good: "
            + "\(pause)'plan apply \(file) --forward'"
    }

    private var failing: String? {
        guard let current, outcome == .failed || outcome == .waiting else { return nil }
        let failed = current.guards.filter { $0.verdict == .fail }.map(\.text)
        if failed.contains(where: { $0.hasPrefix("bypassed_writes") }) {
            return "somebody writes past the gateway: find who and stop it; "
                + "apply then compares both stores anew"
        }
        if failed.contains(where: { text in
            ["missing", "extra", "mismatched"].contains { text.hasPrefix($0) }
        }) {
            return "the stores differ: 'repair: true' in a 'verify' step mends them"
        }
        if current.guards.contains(where: \.isUnasked) {
            return "a guard cannot be asked: mend what it asks and apply again, "
                + "or a person decides"
        }
        if current.notes[RunStatus.undecided] != nil {
            return "too little was seen to judge: more traffic may decide it, or a person"
        }
        return nil
    }

    /// What to type next.
    package var next: String {
        if trouble != nil { return "plan recover \(file)" }
        guard let outcome else { return "plan apply \(file)" }
        if let goesBack, !isHeld {
            let forward =
                goesBack == .reversible
                ? ", or plan apply \(file) --forward   (to take it back)" : ""
            return "plan rollback \(file)   (to go on back)\(forward)"
        }
        let back = isPastReturn ? "" : ", or plan rollback \(file)"
        switch outcome {
        case .done: return "nothing: the run is done"
        case .rolledBack: return "plan apply \(file)   (to try again)"
        case .failed: return "plan apply \(file)   (after mending it)\(back)"
        case .paused: return "plan apply \(file)"
        case .waiting, .active:
            if let current, current.kind == "approval" || waiting?.contains("approval") == true {
                return "plan approve \(file) \(current.name)"
            }
            if outcome == .waiting, let current, current.notes[RunStatus.undecided] != nil {
                return "plan apply \(file)   (with more traffic), or plan approve \(file) "
                    + "\(current.name)   (to accept it as it is)\(back)"
            }
            if outcome == .waiting || !isHeld { return "plan apply \(file)" }
            return "plan status \(file) --watch"
        }
    }
}

extension RunRecord.GuardRecord {
    /// It waits for no data: what it asks does not answer, or not with a number.
    fileprivate var isUnasked: Bool {
        verdict == .inconclusive && value == nil && !reason.isEmpty
            && !reason.hasPrefix("no data") && !reason.contains("samples")
    }
}
