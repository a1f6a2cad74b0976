import Foundation
import Glibc
import PlanCore
import PlanLedger
import Processes
import Testing

/// A process that is stopped in the middle of a commit keeps the ledger's lock.
@Suite struct LedgerLockTests {
    /// As another process: the kernel tells descriptors apart, not processes.
    private struct Holder {
        let descriptor: Int32

        /// nil where somebody has it.
        init?(_ ledger: SQLiteLedger) {
            descriptor = open(ledger.path + ".lock", O_RDWR | O_CLOEXEC)
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                return nil
            }
        }

        func end() { close(descriptor) }
    }

    private func withLedger(_ body: (SQLiteLedger) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/lock-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ledger = try SQLiteLedger.create(
            path: folder + "/ledger.sqlite", id: "x", epoch: 0, host: "h", syncs: false,
            patience: .milliseconds(100))
        try await body(ledger)
        await ledger.close()
    }

    private func mark(_ key: Int64, _ ledger: SQLiteLedger) async throws {
        try await ledger.write(.durable) { try $0.markDirty(.int(key), since: 0) }
    }

    @Test func `who waits for it in vain is told who has it, and did nothing`() async throws {
        try await withLedger { ledger in
            let holder = try #require(Holder(ledger))
            for key in [1, 2] as [Int64] {
                await #expect {
                    try await mark(key, ledger)
                } throws: { error in
                    guard case LedgerError.unavailable(let why) = error else { return false }
                    return why.hasPrefix("this process itself has held") && why.contains("kill")
                }
            }
            holder.end()
            try await mark(3, ledger)
            #expect(try await ledger.read { try $0.dirtyKeys() }.map(\.key) == [.int(3)])
        }
    }

    @Test func `the process that has it is named`() async throws {
        try await withLedger { ledger in
            let other = try ChildProcess(["flock", ledger.path + ".lock", "sleep", "60"])
            defer { other.signalGroup(SIGKILL) }
            while let free = Holder(ledger) {
                free.end()
                usleep(1_000)
            }
            await #expect {
                try await mark(1, ledger)
            } throws: { error in
                guard case LedgerError.unavailable(let why) = error else { return false }
                return why.hasPrefix("process \(other.pid) has held")
            }
        }
    }

    @Test func `who gave up waiting does not keep it when it comes`() async throws {
        try await withLedger { ledger in
            let first = try #require(Holder(ledger))
            await #expect(throws: LedgerError.self) { try await mark(1, ledger) }
            first.end()
            var second: Holder?
            for _ in 0..<1_000 where second == nil {
                second = Holder(ledger)
                usleep(1_000)
            }
            try #require(second != nil)
            second?.end()
        }
    }

    @Test func `who waits has it as soon as it is let go`() async throws {
        try await withLedger { ledger in
            for key in 0..<20 as Range<Int64> {
                let holder = try #require(Holder(ledger))
                async let written: Void = mark(key, ledger)
                usleep(5_000)
                holder.end()
                try await written
            }
            #expect(try await ledger.read { try $0.dirtyCount() } == 20)
        }
    }
}
