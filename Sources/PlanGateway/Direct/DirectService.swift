import PlanCore
import PlanSync

/// What stands behind the requests of applications that go to the stores themselves.
package protocol DirectService: Sendable {
    func currentRoute() async throws -> Route
    /// nil: too many readers.
    func tellRoute(to reader: String, holding: Int64?) async throws -> ToldRoute?
    func asksForReads(under route: Route) -> Bool
    var readerSpan: Duration { get }
    func places(of keys: [RecordID]) async throws -> [RecordID: Side]
    /// nil: too many writes.
    func begin(_ keys: [RecordID]) async throws -> WriteLease?
    func end(_ lease: String, _ outcome: LeasedOutcome) async -> LeaseEnd
    func compare(_ query: Query, _ answers: LeasedAnswers)
    func observe(_ call: ObservedCall)
}

extension DataPlane: DirectService {}
