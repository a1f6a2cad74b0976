import PlanCore
import PlanSync

/// What every step works with.
package struct RunContext: Sendable {
    package var plan: Plan
    package var digest: String
    package var session: Session
    package var world: any ExternalWorld
    package var journal: RunJournal
    package var rate: RateLimit
    /// Where originals of switched files are kept.
    package var folder: String
    /// True where a person may be waited for; else the run stops there.
    package var waitsForPeople: Bool

    package init(
        plan: Plan, digest: String, session: Session, world: any ExternalWorld,
        journal: RunJournal, folder: String, waitsForPeople: Bool
    ) {
        self.plan = plan
        self.digest = digest
        self.session = session
        self.world = world
        self.journal = journal
        self.folder = folder
        self.waitsForPeople = waitsForPeople
        rate = RateLimit(perSecond: nil, time: session.time)
    }

    var environment: SyncEnvironment { session.environment }
    var ledger: any Ledger { session.ledger }
    var time: any TimeSource { session.time }

    /// Flips that tell people what they wait for.
    func flips() -> Flips {
        let session = session
        return Flips(session: session, expected: plan.gateway.expect) { progress in
            let text = FlipText.of(progress)
            session.jobs.submit {
                _ = try? await session.ledger.write(.relaxed) { try $0.setStatus("waiting", text) }
            }
        }
    }

    /// Nothing is waited for any more.
    func clearWaiting() async throws {
        _ = try await ledger.write(.relaxed) { try $0.setStatus("waiting", nil) }
    }

    /// What `plan work` may help with now: a task, its batch size and its mode; of a backfill, too,
    /// how many records the target may refuse before it ends.
    func publishWork(_ text: String?) async throws {
        _ = try await ledger.write(.durable) { try $0.setStatus("work", text) }
    }

    /// From here on a step's rate is measured.
    func setPace(_ index: Int, from done: Int64) async throws {
        let now = String(time.unixTime)
        try await journal.update { record in
            record.steps[index].notes[StatusReader.paceSince] = now
            record.steps[index].notes[StatusReader.paceFrom] = String(done)
        }
    }

    func notes(_ index: Int) async -> [String: String] {
        await journal.record.steps[index].notes
    }

    func setNote(_ index: Int, _ name: String, _ value: String?) async throws {
        try await journal.update { $0.steps[index].notes[name] = value }
    }
}

/// What a flip waits for, in a line.
enum FlipText {
    static func of(_ progress: FlipProgress) -> String {
        switch progress {
        case .gateways(let barrier) where barrier.registered.count < barrier.expected:
            "\(barrier.registered.count) of \(barrier.expected) gateways are there; start 'plan gateway'"
        case .gateways(let barrier):
            "waiting for gateway \(barrier.waitingFor.joined(separator: ", "))"
        case .settling(let left):
            "settling: \(left.dirty) keys to repair, \(left.intents) writes open, "
                + "\(left.copyWindows + left.otherWindows) windows open"
        case .held(let attempt): "moving authority, attempt \(attempt)"
        case .backingOff(let attempt, let pause):
            "attempt \(attempt) ran out of its pause; again in \(pause.seconds) s"
        }
    }
}
