import PlanCore
import PlanSync

extension QdrantDialect {
    func perform(_ write: QdrantWrite) async throws {
        switch write {
        case .upsert(let records):
            if !records.isEmpty { _ = try await service.write(.upsert(records)) }
        case .delete(let ids):
            if !ids.isEmpty { _ = try await service.write(.delete(ids)) }
        case .deleteMatching(let filter): _ = try await service.delete(matching: filter)
        case .update(let patches, let strict):
            guard !patches.isEmpty else { return }
            let missing = try await service.write(.update(patches))
            if strict, let first = missing.min() { throw QdrantReply.missing(point: first) }
        }
    }
}
