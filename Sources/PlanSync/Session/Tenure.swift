import PlanCore

/// On what grounds this process sends, and since when. A process may sleep, be struck off, and wake
/// after others took over: before it sends anything, and before it tells anybody that a write is
/// kept, it makes sure that its grounds still stand.
///
/// Under intents, or a window, these are the grounds: they are reclaimed a quarantine after their
/// owner was struck off at the earliest. Single writes have none. They rest on membership: flips wait
/// for a member to have nothing older in flight; they do not wait for one who was struck off, but
/// nothing is copied for one and a half quarantines (`DualWriteStep`). In both cases whoever looked
/// less than half a quarantine ago need not look again. Between the look and the request's arrival
/// nothing protects but the store's own deadline.
struct Tenure: Sendable {
    /// The grounds may be gone: nothing may be sent or acknowledged any more.
    struct Lapsed: Error {}

    private enum Grounds {
        /// A member's single writes: what it sends without intents.
        case membership
        /// `asked`: from before they were asked for, on this process's own clock.
        case open([Intent], window: Int64?, asked: Duration)
    }

    let session: Session
    private let grounds: Grounds

    var intents: [Intent] {
        if case .open(let intents, _, _) = grounds { return intents }
        return []
    }

    init(session: Session, intents: [Intent], window: Int64? = nil, asked: Duration) {
        self.session = session
        grounds = .open(intents, window: window, asked: asked)
    }

    init(single session: Session) {
        self.session = session
        grounds = .membership
    }

    func check() async throws {
        switch grounds {
        case .membership:
            if session.flaws.contains(.singleUnchecked) || isFresh(session.seenMember) { return }
            do { try await session.refresh() } catch { throw Lapsed() }
        case .open(let intents, let window, let asked):
            if session.flaws.contains(.sleeperUnchecked) || isFresh(asked) { return }
            let areThere = try? await session.ledger.read { ledger in
                if let window, try ledger.window(window) == nil { return false }
                return try intents.allSatisfy { try ledger.intent($0.id) != nil }
            }
            guard areThere == true else { throw Lapsed() }
        }
    }

    private func isFresh(_ looked: Duration) -> Bool {
        session.time.now - looked < session.settings.quarantine / 2
    }

    /// A check before anything is sent: what lapsed is surely undone.
    func checkUnsent() async throws {
        do { try await check() } catch {
            switch grounds {
            case .membership:
                throw WriteFailure.ledger(
                    "this gateway has not reached its run's ledger for too long; try again")
            case .open:
                throw WriteFailure.ledger("this gateway slept for too long; try again")
            }
        }
    }

    var stands: Bool {
        get async { (try? await check()) != nil }
    }
}
