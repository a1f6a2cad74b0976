import PlanCore

/// What the two stores said.
struct InitFacts: Sendable {
    var description: CollectionDescription
    var count: Int
    /// qdrant: `int` or `uuid` where every id is one, and the target wants to know.
    var oneIDKind: String?
    /// Whether the target can hold the source's ids only as UUIDs made of them.
    var needsUUIDs: Bool
    /// The name of the source's one vector, where the target's has none.
    var vectorName: String?
    var problems: [Diagnostic] = []
    /// What the pair would lose, and the plan must allow.
    var losses: [(loss: PairFidelity.Loss, note: String)] = []

    /// For people.
    var ids: String {
        switch description.idKind {
        case .int: "integers"
        case .text: "texts"
        case .uuid: "UUIDs"
        case .intOrUUID:
            oneIDKind.map { $0 == "int" ? "integers" : "UUIDs" } ?? "integers and UUIDs"
        case .intOrText: "integers and texts"
        }
    }

    /// Asks the source. Throws `StoreError`, and `Diagnostic` where it has no such collection.
    static func ask(
        _ source: any VectorStore, _ plan: Plan, target: any VectorStore, _ targetKind: StoreKind
    ) async throws -> InitFacts {
        guard let found = try await source.describe() else {
            throw Diagnostic(
                "there is no collection '\(plan.source.collection)' in the source",
                hint: "see the end of --source, after '#'")
        }
        var facts = InitFacts(
            description: found, count: try await source.count(), needsUUIDs: false)
        if found.idKind == .intOrUUID, targetKind != .qdrant {
            facts.oneIDKind = try await oneKind(source)
        }
        let kind = facts.oneIDKind.flatMap { $0 == "int" ? .int : .uuid } ?? found.idKind
        let isText = kind == .text || kind == .intOrText
        facts.needsUUIDs =
            target.capabilities.refusedIDKinds.contains(kind)
            || (targetKind == .qdrant && isText)
            || (targetKind == .pgvector && (kind == .intOrUUID || kind == .intOrText))
        if found.vectors.count == 1, let name = found.vectors.first?.name, !name.isEmpty,
            !target.capabilities.keepsVectorName
        {
            facts.vectorName = name
        }
        return facts
    }

    /// Integers come first there.
    private static func oneKind(_ source: any VectorStore) async throws -> String? {
        guard let first = try await source.scan(.all, limit: 1, .idsOnly).first else { return nil }
        guard case .int = first.id else {
            if case .uuid = first.id { return "uuid" }
            return nil
        }
        let after = try await source.scan(
            KeyRange(after: .int(.max), through: nil), limit: 1, .idsOnly)
        return after.isEmpty ? "int" : nil
    }
}
