import PlanCore
import PlanStores

/// Which columns of a user's table hold what, as far as their names and types tell.
struct InitLayout {
    private let kind: StoreKind
    private let table: FoundTable

    init(_ kind: StoreKind, _ table: FoundTable) {
        self.kind = kind
        self.table = table
    }

    /// Lines of the endpoint; only what is not the default.
    func lines(_ facts: InitFacts?) -> [String] {
        // Its declaration says all.
        if table.isVec0 { return [] }
        var lines: [String] = []
        if kind == .pgvector, !table.schema.isEmpty, table.schema != "public" {
            lines.append("  schema: \(InitText.quoted(table.schema))")
        }
        if let id, id != "id" { lines.append("  id: \(InitText.quoted(id))") }
        let usual = kind == .sqlite ? "vector" : "embedding"
        if vectors.count > 1 {
            let pairs = vectors.map { "\(InitText.quoted($0)): \(InitText.quoted($0))" }
            lines.append("  vectors: {\(pairs.joined(separator: ", "))}")
        } else if let vector = vectors.first, vector != usual {
            lines.append("  vector: \(InitText.quoted(vector))")
        }
        lines += payload
        if kind == .sqlite, let distance = facts?.description.vectors.first?.distance,
            !isOurs
        {
            lines.append("  distance: \(distance.rawValue)   # the table does not say: see to it")
        }
        return lines
    }

    /// Made by this tool, or as it would make one.
    private var isOurs: Bool {
        Set(table.columns.map(\.name)) == ["id", "payload", "vector"]
    }

    private var id: String? {
        let key = table.columns.first(where: \.isKey)?.name
        return table.columns.contains { $0.name == "id" } ? "id" : key
    }

    private var vectors: [String] {
        let types: Set<String> =
            kind == .sqlite ? ["blob", ""] : ["vector", "halfvec", "sparsevec"]
        let found = table.columns.filter { types.contains($0.type) && $0.name != id }.map(\.name)
        let usual = kind == .sqlite ? "vector" : "embedding"
        if kind == .sqlite {
            return [found.first { $0 == usual } ?? found.first].compactMap(\.self)
        }
        return table.columns.contains(where: \.isOurs) ? [usual] : found
    }

    private var payload: [String] {
        let rest = table.columns.filter { $0.name != id && !vectors.contains($0.name) }
        if rest.contains(where: { $0.name == "payload" }) { return [] }
        let documents = rest.filter {
            kind == .sqlite ? $0.type == "json" || $0.type == "text" : $0.type == "jsonb"
        }
        if documents.count == 1 || kind == .sqlite {
            return documents.first.map { ["  payload: \(InitText.quoted($0.name))"] } ?? []
        }
        let usable = rest.filter { !["vector", "halfvec", "sparsevec"].contains($0.type) }
        guard !usable.isEmpty else { return [] }
        let names = usable.map { InitText.quoted($0.name) }.joined(separator: ", ")
        return ["  payload: {columns: [\(names)]}"]
    }
}
