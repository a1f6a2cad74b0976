import HTTPClient
import JSON
import PlanCore

/// Finds out which store answers at an address, and what collections it has.
struct ServerScout: Sendable {
    private let http = HTTPClient()
    private let base: String
    private let key: String?

    init(_ url: String, key: String?) {
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
        self.key = key
    }

    /// In the order of asking: each answers at a path that the others do not have.
    func kind() async throws -> StoreKind {
        for kind in [StoreKind.chroma, .qdrant, .milvus] {
            if try await names(kind) != nil { return kind }
        }
        throw Diagnostic(
            "'\(ValueReference.literal(base).redacted)' answers as none of qdrant, chroma and "
                + "milvus",
            hint: "see that the address is right; where the server asks for a key, say which store "
                + "it is and give its key: --source=qdrant:http://… --source-key=env:NAME")
    }

    /// The collections of the server's default database; nil where this is no such store.
    func names(_ kind: StoreKind) async throws -> [String]? {
        let names: [String]?
        switch kind {
        case .sqlite, .pgvector, .files: names = nil
        case .qdrant:
            names = try await ask("GET", "/collections")?["result"]?["collections"]?.names
        case .chroma:
            names = try await ask(
                "GET",
                "/api/v2/tenants/default_tenant/databases/default_database/collections?limit=1000"
            )?.names
        case .milvus:
            if let found = try await ask("GET", "/v1/vector/collections")?["data"] {
                names = found.names
            } else {
                names = try await ask("POST", "/v2/vectordb/collections/list")?["data"]?.names
            }
        }
        return names?.filter { !$0.hasPrefix("crossfade_claim") }.sorted()
    }

    /// nil where the answer is no success, or no JSON.
    private func ask(_ method: String, _ path: String) async throws -> JSONValue? {
        var headers = [(name: "Content-Type", value: "application/json")]
        if let key {
            headers += [
                ("api-key", key), ("X-Chroma-Token", key), ("Authorization", "Bearer \(key)"),
            ]
        }
        do {
            let answer = try await http.request(
                method, base + path, headers: headers, body: method == "POST" ? [0x7b, 0x7d] : [])
            guard answer.status == 200 else { return nil }
            return try? JSON.parse(String(decoding: answer.body, as: UTF8.self))
        } catch {
            throw Diagnostic(
                "nothing answers at '\(ValueReference.literal(base).redacted)': \(error.message)",
                hint: "see that the server runs and that its address is right")
        }
    }
}

extension JSONValue {
    fileprivate subscript(field: String) -> JSONValue? {
        if case .object(let fields) = self { fields[field] } else { nil }
    }

    /// Of a list of texts, or of objects with a `name`.
    fileprivate var names: [String]? {
        guard case .array(let items) = self else { return nil }
        return items.compactMap { item in
            if case .string(let text) = item { return text }
            if case .string(let text)? = item["name"] { return text }
            return nil
        }
    }
}
