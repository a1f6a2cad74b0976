import JSON
import PlanCore

extension ChromaStore {
    /// What the server says of these ids: lists side by side, of those that are there.
    func columns(
        _ ids: [String], _ parts: [String], _ operation: String, within limit: Duration,
        _ shape: ChromaShape
    ) async throws -> JSONNode {
        try await server.call(
            operation, "POST", path(shape, "get"), limit: limit,
            size: parts.isEmpty ? nil : reads.use(ids.count)
        ) { writer in
            writer.object { writer in
                writer.key("ids")
                writer.array { for id in ids { $0.write(id) } }
                writer.key("include")
                writer.array { for part in parts { $0.write(part) } }
            }
        }.root
    }

    func remove(
        _ ids: [String], _ operation: String, within limit: Duration, _ shape: ChromaShape
    ) async throws {
        try await server.call(
            operation, "POST", path(shape, "delete"), .write, limit: limit
        ) { writer in
            writer.object { writer in
                writer.key("ids")
                writer.array { for id in ids { $0.write(id) } }
            }
        }
    }
}
