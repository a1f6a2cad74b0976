import PlanCore

/// A write by filter that went to one side alone, after flips had stopped waiting for its sender:
/// which records it changed nobody can say, so every key is marked and brought in order again.
struct StrayFilter: Sendable {
    private static let page = 1_000
    private static let pause = Duration.milliseconds(500)

    let session: Session
    /// Where it went.
    let side: Side

    /// In the background, counted as in flight under the route that the write began with: whoever
    /// was struck off does not give up its session before it is done. `delay`: for as long as it may
    /// still land.
    func markAll(under route: Route, after delay: Duration) {
        let view = session.route
        view.enterAgain(route)
        session.jobs.submit {
            await mark(after: delay)
            view.leave(route)
        }
    }

    /// A change by filter makes no records: what it may have changed, or removed, the other side
    /// has, or an older mark.
    private func mark(after delay: Duration) async {
        do {
            try await session.time.sleep(for: delay)
            var cursor: RecordID?
            while try await hasFollower() {
                do {
                    let page = try await session.environment.store(side.other).scan(
                        .all, after: cursor, limit: Self.page, matching: nil, .withoutVectors)
                    let mapping = session.environment.mapping
                    await session.mark(page.compactMap { mapping.key(of: $0, on: side.other) })
                    guard page.count == Self.page, let last = page.last else { return }
                    cursor = last.id
                } catch is StoreError {
                    try await session.time.sleep(for: Self.pause)
                }
            }
        } catch {}
    }

    /// Where nothing follows there is nothing to bring in order. A ledger that does not answer is
    /// asked again.
    private func hasFollower() async throws -> Bool {
        while true {
            do {
                return try await session.ledger.read { try $0.route() }.follower != nil
            } catch is LedgerError {
                try await session.time.sleep(for: Self.pause)
            }
        }
    }
}
