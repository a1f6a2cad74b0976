import Testing

@testable import plan_demo

@Suite struct TrafficTests {
    @Test(arguments: 1...8)
    func `every client has keys of its own, and as many as the others`(clients: Int) {
        let own = (0..<clients).map { RunCommand.ownKeys(of: $0, clients, 4_000) }
        #expect(own.allSatisfy { $0.count == 25 })
        #expect(Set(own.joined()).count == 25 * clients)
    }

    @Test func `a vector of one version beside a payload of another is torn`() {
        let base = (0..<384).map { _ in Float(0.05) }
        let vector = VersionedRecord.vector(base, version: 1_000_007)
        #expect(VersionedRecord.matches(vector, base, version: 1_000_007))
        #expect(!VersionedRecord.matches(vector, base, version: 1_000_008))
        #expect(!VersionedRecord.matches(vector, base, version: 0))
        #expect(!VersionedRecord.matches([], base, version: 1_000_007))
    }

    @Test func `a stale and a torn read are counted once nothing is under way`() async {
        let tally = Tally()
        await tally.begin(7, holding: 0)
        await tally.beginWrite(7, 1, at: 1)
        await tally.endWrite(7, .ok, at: 2)
        await tally.read(ReadEvent(key: 7, version: 0, invoked: 3, ended: 4, isTorn: false))
        await tally.read(ReadEvent(key: 7, version: 1, invoked: 3, ended: 4, isTorn: true))
        #expect(await tally.verdicts.isClean(allowingFailures: false))
        await tally.judgeReads()
        #expect(await tally.verdicts.staleReads == 1)
        #expect(await tally.verdicts.tornRecords == 1)
    }
}
