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
        throw isAnother(bench.store(side).kind, text(side, found))
    }

    /// Throws one where a store only tells the place, and holds nothing at all while the other side
    /// holds much. Not for repairs: what they delete, the application did, or a walk that was told.
    func confirmFilled(_ side: Side) async throws {
        let kind = bench.store(side).kind
        guard IdentityCheck.tellingPlaces.contains(kind), try await isEmptied(side) else { return }
        throw isAnother(
            kind,
            "the \(side.rawValue) holds nothing at all, and the \(side.other.rawValue) "
                + "\(IdentityCheck.many) records or more: it looks dropped and made anew, so nothing is "
                + "deleted for it; bring its records back, or, if all of them were deleted on "
                + "purpose, write one through the gateway")
    }

    private func isAnother(_ kind: String, _ message: String) -> StoreError {
        StoreError(
            store: kind, operation: "identity", kind: .notFound, message: message, isDefinite: true)
    }

    private static let tellingPlaces: Set<String> = ["sqlite", "qdrant", "milvus"]
    private static let many = 100

    private func isEmptied(_ side: Side) async throws -> Bool {
        let (one, other) = (bench.store(side), bench.store(side.other))
        guard try await one.scan(.all, after: nil, limit: 1, .idsOnly).isEmpty else { return false }
        return try await other.scan(.all, after: nil, limit: IdentityCheck.many, .idsOnly).count
            == IdentityCheck.many
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
