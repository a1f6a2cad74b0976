import Foundation
import PlanCore
import PlanLedger
import PlanSync
import Testing

/// The protocol's rules over a real ledger, as dialogue.
@Suite struct LedgerRulesTests {
    private func withLedger(_ body: (SQLiteLedger) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/ledger-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ledger = try SQLiteLedger.create(
            path: folder + "/ledger.sqlite", id: "x", epoch: 0, host: "h", syncs: false)
        try await ledger.write(.durable) { try $0.setRoute(Route(epoch: 1, follower: .target)) }
        try await body(ledger)
        await ledger.close()
    }

    private let key = RecordID.int(1)

    private func begin(_ ledger: SQLiteLedger, _ id: Int64) async throws -> BeginAnswer {
        let key = key
        return try await ledger.write(.durable) {
            try $0.begin([key], ids: [id], owner: 1, since: 0, flaws: [])
        }
    }

    @Test func `two writes that overlap leave a mark`() async throws {
        try await withLedger { ledger in
            _ = try await begin(ledger, 1)
            #expect(try await ledger.read { try $0.dirtyCount() } == 0)
            _ = try await begin(ledger, 2)
            #expect(try await ledger.read { try $0.dirtyCount() } == 1)
        }
    }

    @Test func `a ledger that was moved is opened, and a copy of it is not`() async throws {
        try await withLedger { ledger in
            let moved = ledger.path + ".moved"
            try FileManager.default.copyItem(atPath: ledger.path, toPath: ledger.path + ".copy")
            try FileManager.default.moveItem(atPath: ledger.path, toPath: moved)
            try FileManager.default.moveItem(atPath: ledger.path + ".copy", toPath: ledger.path)
            _ = try SQLiteLedger.open(path: moved, expecting: "x", host: "h")
            #expect {
                _ = try SQLiteLedger.open(path: ledger.path, expecting: "x", host: "h")
            } throws: { error in
                guard case LedgerError.unreadable(let why) = error else { return false }
                return why.contains("is a copy")
            }
        }
    }

    @Test func `writes are refused while authority moves`() async throws {
        try await withLedger { ledger in
            try await ledger.write(.durable) { rows in
                let hold = Hold(stage: .holding, weightBefore: 0, budget: .seconds(2))
                try rows.setRoute(Route(epoch: 2, follower: .target, hold: hold))
            }
            guard case .held = try await begin(ledger, 1) else {
                Issue.record("a write began in a hold")
                return
            }
        }
    }

    @Test func `a window is touched by what is pending when it opens and by what begins after`()
        async throws
    {
        try await withLedger { ledger in
            _ = try await begin(ledger, 1)
            let window = try await ledger.write(.durable) {
                try $0.openWindow(.all, purpose: .copy, id: 9, owner: 1, flaws: [])
            }
            let key = RecordID.int(2)
            _ = try await ledger.write(.durable) {
                try $0.begin([key], ids: [2], owner: 1, since: 0, flaws: [])
            }
            let touched = try await ledger.read { try $0.touched(window: window?.id ?? 0) }
            #expect(touched == [.int(1), .int(2)])
        }
    }

    @Test func `no copy window opens while reads go to the follower`() async throws {
        try await withLedger { ledger in
            try await ledger.write(.durable) { rows in
                try rows.setRoute(Route(epoch: 2, follower: .target, weight: 5))
            }
            let window = try await ledger.write(.durable) {
                try $0.openWindow(.all, purpose: .copy, id: 9, owner: 1, flaws: [])
            }
            #expect(window == nil)
        }
    }

    @Test func `an intent reclaimed while its owner slept leaves a mark when it ends`()
        async throws
    {
        try await withLedger { ledger in
            guard case .begun(_, let intents) = try await begin(ledger, 1) else { return }
            try await ledger.write(.durable) { rows in
                try rows.reclaim(intents.map(\.id), since: 0, flaws: [])
                _ = try rows.clearDirty(.int(1))
                try rows.endClean(intents, since: 0, flaws: [])
            }
            #expect(try await ledger.read { try $0.dirtyCount() } == 1)
        }
    }

    @Test func `what was sent under an intent that is gone marks its key`() async throws {
        try await withLedger { ledger in
            try await ledger.write(.durable) { rows in
                let lost = Orphans.LostIntent(id: 77, key: .int(1))
                let unsent = Orphans.LostIntent(id: 78, key: nil)
                try rows.reclaim([lost, unsent], since: 0, flaws: [])
            }
            #expect(try await ledger.read { try $0.dirtyKeys().map(\.key) } == [.int(1)])
        }
    }

    @Test func `who was evicted begins nothing, holds up no flip, and keeps its intents`()
        async throws
    {
        try await withLedger { ledger in
            let owner = try await ledger.enroll(role: .gateway, host: "h", process: 1).number
            let row = GatewayRow(owner: owner, name: "g", acknowledged: 0, seen: 0, requests: 0)
            let key = key
            try await ledger.write(.durable) { rows in
                try rows.upsert(row)
                try rows.checkMembership(of: owner, flaws: [])
                _ = try rows.begin([key], ids: [1], owner: owner, since: 0, flaws: [])
                try rows.evict(gateway: "g")
            }
            let (waiting, intents) = try await ledger.read {
                (try $0.barrier(1, expected: 0).waitingFor, try $0.intents(owner: owner).count)
            }
            #expect(waiting.isEmpty)
            #expect(intents == 1)
            await #expect(throws: LedgerError.evicted) {
                try await ledger.write(.durable) { rows in
                    try rows.checkMembership(of: owner, flaws: [])
                }
            }
        }
    }

    @Test func `a key under an open window is left to a later look`() async throws {
        try await withLedger { ledger in
            let key = key
            let looks = try await ledger.write(.durable) { rows in
                _ = try rows.openWindow(.all, purpose: .deleteByFilter, id: 9, owner: 1, flaws: [])
                let during = try rows.takeChecks([key], ids: [1], owner: 1).intents.count
                _ = try rows.deleteWindow(9)
                return [during, try rows.takeChecks([key], ids: [2], owner: 1).intents.count]
            }
            #expect(looks == [0, 1])
        }
    }

    @Test func `zero gateways never pass a barrier`() async throws {
        try await withLedger { ledger in
            let barrier = try await ledger.read { try $0.barrier(1, expected: 1) }
            #expect(!barrier.isPassed)
        }
    }

    @Test func `keys in flux are read from the ledger's authority`() async throws {
        try await withLedger { ledger in
            try await ledger.write(.durable) { rows in
                try rows.setRoute(Route(epoch: 2, follower: .target, weight: 100))
            }
            _ = try await begin(ledger, 1)
            let sides = try await ledger.read {
                try $0.readers([.int(1), .int(2)], share: { _ in 0 }).sides
            }
            #expect(sides == [.int(1): .source, .int(2): .target])
        }
    }

    @Test func `no copy window opens while a gateway may still search the follower`() async throws {
        try await withLedger { ledger in
            let window = try await ledger.write(.durable) { rows in
                try rows.setRoute(Route(epoch: 2, follower: .target, acknowledgement: .both))
                return try rows.openWindow(.all, purpose: .copy, id: 9, owner: 1, flaws: [])
            }
            #expect(window == nil)
        }
    }

    @Test func `what the follower refused is read from the authority`() async throws {
        try await withLedger { ledger in
            let sides = try await ledger.write(.durable) { rows in
                try rows.setRoute(Route(epoch: 2, follower: .target, weight: 100))
                try rows.refuse(RefusedKey(key: .int(1), side: .target, reason: "too long"))
                return try rows.readers([.int(1), .int(2)], share: { _ in 0 }).sides
            }
            #expect(sides == [.int(1): .source, .int(2): .target])
        }
    }

    @Test func `a follower that lags is not read by id`() async throws {
        try await withLedger { ledger in
            let sides = try await ledger.write(.durable) { rows in
                try rows.setRoute(Route(epoch: 2, follower: .target, weight: 100))
                return try rows.readers([.int(2)], share: { _ in 0 }) { $0 == .target }.sides
            }
            #expect(sides == [.int(2): .source])
        }
    }

    @Test func `an authority that lags is read from its follower, or waited for`() async throws {
        try await withLedger { ledger in
            try await ledger.write(.durable) { rows in
                try rows.setRoute(Route(epoch: 2, authority: .target, follower: .source))
            }
            _ = try await begin(ledger, 1)
            let readers = try await ledger.read {
                try $0.readers([.int(1), .int(2)], share: { _ in 0 }) { $0 == .target }
            }
            #expect(readers.sides == [.int(2): .source])
            #expect(readers.waiting == [.int(1): .target])
        }
    }

    @Test func `a window that stays open marks what its page covered`() async throws {
        try await withLedger { ledger in
            let window = try #require(
                try await ledger.write(.durable) {
                    try $0.openWindow(.all, purpose: .copy, id: 9, owner: 1, flaws: [])
                })
            _ = try await begin(ledger, 1)
            let page = KeyRange(after: nil, through: .int(5))
            let (isOpen, marked, touched) = try await ledger.write(.durable) { rows in
                let isOpen = try rows.settleWindow(
                    window, keeping: page.contains, listed: [.int(3)], staysOpen: true, since: 0,
                    flaws: [])
                return (isOpen, try rows.dirtyKeys().map(\.key), try rows.touched(window: 9))
            }
            #expect(isOpen && touched == [.int(1)])
            #expect(Set(marked) == [.int(1), .int(3)])
            #expect(try await ledger.read { try $0.window(9) } != nil)
        }
    }

    @Test func `a chunk of an earlier walk is nobody's`() async throws {
        try await withLedger { ledger in
            let held = try await ledger.write(.durable) { rows in
                var old = Chunk(task: "backfill", number: 0, range: .all)
                old.state = .active
                old.owner = 1
                try rows.insert(old)
                let before = try rows.holds(old, owner: 1)
                let other = try rows.holds(old, owner: 2)
                try rows.deleteChunks(task: "backfill")
                let between = try rows.holds(old, owner: 1)
                try rows.insert(Chunk(task: "backfill", number: 0, range: .all))
                return [before, other, between, try rows.holds(old, owner: 1)]
            }
            #expect(held == [true, false, false, false])
        }
    }
}
