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

    let session: Session
    let intents: [Intent]
    let window: Int64?
    /// From before the intents were asked for, on this process's own clock; nil where the tenure is
    /// the session's membership itself.
    private let asked: Duration?

    init(session: Session, intents: [Intent], window: Int64? = nil, asked: Duration) {
        self.session = session
        self.intents = intents
        self.window = window
        self.asked = asked
    }

    /// A member's single writes: what it sends without intents.
    init(single session: Session) {
        self.session = session
        (intents, window, asked) = ([], nil, nil)
    }

    func check() async throws {
        if session.flaws.contains(asked == nil ? .singleUnchecked : .sleeperUnchecked) { return }
        let looked = asked ?? session.seenMember
        if session.time.now - looked < session.settings.quarantine / 2 { return }
        guard asked != nil else {
            do { try await session.refresh() } catch { throw Lapsed() }
            return
        }
        let (ids, window) = (intents.map(\.id), window)
        let areThere = try? await session.ledger.read { ledger in
            if let window, try ledger.window(window) == nil { return false }
            return try ids.allSatisfy { try ledger.intent($0) != nil }
        }
        guard areThere == true else { throw Lapsed() }
    }

    /// A check before anything is sent: what lapsed is surely undone.
    func checkUnsent() async throws {
        do { try await check() } catch {
            throw WriteFailure.ledger(
                asked == nil
                    ? "this gateway has not reached its run's ledger for too long; try again"
                    : "this gateway slept for too long; try again")
        }
    }

    var stands: Bool {
        get async { (try? await check()) != nil }
    }
}
