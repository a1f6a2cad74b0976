import PlanCore

/// Compares given keys, each under an intent.
package struct SampleCheck: Sendable {
    private let recheck: Recheck

    package init(session: Session, repairs: Bool) {
        recheck = Recheck(session: session, repairs: repairs, task: "sample")
    }

    package func check(_ keys: [RecordID]) async throws -> VerifyTally {
        var tally = try await recheck.confirm(keys)
        tally.compared = Int64(keys.count)
        return tally
    }
}
