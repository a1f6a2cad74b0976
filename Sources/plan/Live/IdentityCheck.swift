import PlanCore
import PlanRun

/// Whether the two collections are still those of the run. One that is dropped and made anew in the
/// middle of it, empty, would have everything deleted from the other store.
///
/// Chroma and PostgreSQL tell one from another; the rest only tell the place.
struct IdentityCheck: Sendable {
    let bench: Workbench
    private let record: FileRunStore

    init(bench: Workbench) {
        self.bench = bench
        record = bench.folder.store
    }

    private static let poll = Duration.seconds(5)

    /// Throws a definite `StoreError` where it is another.
    func confirm(_ side: Side) async throws {
        guard let found = try await other(side) else { return }
        throw StoreError(
            store: bench.store(side).kind, operation: "identity", kind: .notFound,
            message: text(side, found), isDefinite: true)
    }

    /// Throws a `Diagnostic` as soon as it is another, for as long as a command works for the run.
    func watch() async throws {
        while true {
            try await Task.sleep(for: IdentityCheck.poll)
            for side in Side.allCases {
                // What does not answer, or is not there, is seen where it is needed.
                guard let found = try? await other(side) else { continue }
                throw Diagnostic(
                    text(side, found),
                    hint: "nothing more is done, and nothing was deleted for it; bring the one "
                        + "that was there back, or end this run: move '\(bench.folder.path)' away "
                        + "and apply anew")
            }
        }
    }

    /// What is there instead; nil where it is the run's own, or the run has none yet.
    private func other(_ side: Side) async throws -> StoreIdentity? {
        guard let known = try await known(side) else { return nil }
        let found = try await bench.store(side).identity()
        // The run itself may have made it anew meanwhile.
        guard found != known, try await self.known(side) == known else { return nil }
        return found
    }

    private func known(_ side: Side) async throws -> StoreIdentity? {
        let run = try await record.load()
        return side == .source ? run?.source : run?.target
    }

    private func text(_ side: Side, _ found: StoreIdentity) -> String {
        "the \(side.rawValue)'s collection '\(found.collection)' is not the one that this run knows: "
            + "it was dropped and made anew"
    }
}
