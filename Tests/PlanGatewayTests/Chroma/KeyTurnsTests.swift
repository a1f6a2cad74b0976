import PlanCore
import PlanGateway
import Synchronization
import Testing

@Suite struct KeyTurnsTests {
    private final class Ended: Sendable {
        private let names = Mutex<[String]>([])
        var all: [String] { names.withLock { $0 } }
        func add(_ name: String) { names.withLock { $0.append(name) } }
    }

    @Test func `writes of one key follow one another, others pass by`() async throws {
        let turns = KeyTurns()
        let ended = Ended()
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (entered, enters) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await turns.run([.string("a"), .string("b")]) {
                enters.yield()
                for await _ in gate { break }
                ended.add("first")
            }
        }
        for await _ in entered { break }
        let second = Task {
            try await turns.run([.string("b"), .string("c")]) { ended.add("second") }
        }
        try await turns.run([.string("d")]) { ended.add("other") }
        #expect(ended.all == ["other"])
        open.yield()
        try await first.value
        try await second.value
        #expect(ended.all == ["other", "first", "second"])
    }

    @Test func `one that fails lets the next come`() async throws {
        struct Failure: Error {}
        let turns = KeyTurns()
        await #expect(throws: Failure.self) {
            try await turns.run([.string("a")]) { throw Failure() }
        }
        #expect(try await turns.run([.string("a")]) { 7 } == 7)
    }
}
