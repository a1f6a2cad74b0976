import Foundation
import Processes

/// A migration that goes there and back, there and back, each time another way.
struct Carousel: Sendable {
    /// One command of a turn, and the exit code that it must end with.
    struct Move: Sendable {
        var words: [String]
        var ends: Int32

        init(_ words: String..., ends: Int32) {
            self.words = words
            self.ends = ends
        }
    }

    /// There with all steps; back to where the source decides and the target follows; there again
    /// from that; back to single writes; there and back from halfway; and from nothing.
    static let turns: [[Move]] = [
        [.init("apply", ends: 0), .init("rollback", ends: 5)],
        [.init("apply", ends: 0), .init("rollback", "--to", "dual_write", ends: 5)],
        [.init("apply", "--until", "mirror", ends: 0), .init("rollback", ends: 5)],
        [
            .init("apply", ends: 0), .init("rollback", ends: 5),
            .init("rollback", "--to", "create_target", "--yes", ends: 5),
        ],
    ]

    let stage: Stage
    private(set) var turns = 0
    /// How often the target became the authority.
    private(set) var arrivals = 0

    init(stage: Stage) { self.stage = stage }

    /// One turn of the next kind.
    mutating func turn() async throws {
        for move in Carousel.turns[turns % Carousel.turns.count] { try await make(move) }
        turns += 1
    }

    /// The last time it stays there.
    mutating func arrive() async throws { try await make(.init("apply", ends: 0)) }

    private mutating func make(_ move: Move) async throws {
        let word = move.words[0]
        let child = try stage.start(
            "plan", [word, "plan.yaml"] + move.words.dropFirst(), log: word)
        guard try await child.finish(within: 180) == .exited(move.ends) else {
            throw Trouble(
                "plan \(move.words.joined(separator: " ")) of turn \(turns + 1) ended with "
                    + "\(child.end.map { "\($0)" } ?? "nothing"): \(child.said.suffix(600))"
                    + "\(child.complained.suffix(600))")
        }
        if move.words == ["apply"] { arrivals += 1 }
    }
}
