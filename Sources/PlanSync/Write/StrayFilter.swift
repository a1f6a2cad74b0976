import PlanCore
import Synchronization

/// A write by filter that went to one side alone, after flips had stopped waiting for its sender:
/// which records it changed nobody can say, so every key is marked and brought in order again.
struct StrayFilter: Sendable {
    private static let page = 1_000
    private static let pause = Duration.milliseconds(500)

    let session: Session
    /// Where it went.
    let side: Side

    /// In the background, and counted as in flight: no flip is done before it is.
    func markAll() {
        let view = session.route
        let route = view.enter()
        session.strayFilters.add(1, ordering: .relaxed)
        session.jobs.submit {
            await mark()
            session.strayFilters.subtract(1, ordering: .relaxed)
            view.leave(route)
        }
    }

    /// When it can no longer land, and what was read of that side before it did is written, or in
    /// doubt and marked. A change by filter makes no records: what it changed, or removed, the other
    /// side has, or an older mark.
    private func mark() async {
        do {
            if await isStruckOff { return handOver() }
            let environment = session.environment
            try await session.time.sleep(for: session.settings.quarantine)
            try await environment.waitOutStaleness(of: side.other)
            var cursor: RecordID?
            while try await hasFollower() {
                do {
                    let page = try await environment.store(side.other).scan(
                        .all, after: cursor, limit: Self.page, matching: nil, .withoutVectors)
                    await session.mark(
                        page.compactMap { environment.mapping.key(of: $0, on: side.other) })
                    guard page.count == Self.page, let last = page.last else { return }
                    cursor = last.id
                } catch is StoreError {
                    if await isStruckOff { return handOver() }
                    try await session.time.sleep(for: Self.pause)
                }
            }
        } catch {
            handOver()
        }
    }

    /// The gateway's next session does it: this one must not stay for a store that is down.
    private func handOver() { session.passage?.add(.filter(side)) }

    private var isStruckOff: Bool {
        get async {
            do {
                try await session.refresh()
                return false
            } catch LedgerError.evicted {
                return true
            } catch {
                return false
            }
        }
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
