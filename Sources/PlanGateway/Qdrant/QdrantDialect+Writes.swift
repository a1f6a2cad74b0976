import PlanCore
import PlanSync

extension QdrantDialect {
    func perform(_ write: QdrantWrite) async throws {
        do {
            try await send(write)
        } catch let failure as WriteFailure {
            throw QdrantDialect.missingPoint(failure) ?? failure
        }
    }

    private func send(_ write: QdrantWrite) async throws {
        switch write {
        case .upsert(let records):
            if !records.isEmpty { _ = try await service.write(.upsert(records)) }
        case .delete(let ids):
            if !ids.isEmpty { _ = try await service.write(.delete(ids)) }
        case .deleteMatching(let filter, let request, let listing):
            if relay.forwarding.authority {
                do {
                    return try await send(.forwardedMatching(request, listing))
                } catch WriteFailure.failed(let error) where error.kind == .unsupported {
                    // Authority has moved to a store of another kind.
                }
            }
            _ = try await service.delete(matching: filter)
        case .update(let patches, let strict):
            guard !patches.isEmpty else { return }
            let missing = try await service.write(.update(patches))
            if strict, let first = missing.min() { throw QdrantReply.missing(point: first) }
        case .forwarded(let request, let keys):
            if !keys.isEmpty { _ = try await service.write(.forwarded(request, keys: keys)) }
        case .forwardedMatching(let request, let listing):
            _ = try await service.apply(request) { try await listing.keys(in: $0, limit: $1) }
        }
    }

    /// In the server's own words, where a point that a write needs is not there. It may have
    /// changed the others: their repair goes its way all the same.
    private static func missingPoint(_ failure: WriteFailure) -> (any Error)? {
        switch failure {
        case .failed(let error) where error.kind == .notFound,
            .unknown(let error) where error.kind == .notFound:
            let prefix = "Not found: "
            let said = error.message
            guard said.contains("No point with id") else { return nil }
            return GatewayError(
                404, .notFound,
                said.hasPrefix(prefix) ? String(said.dropFirst(prefix.count)) : said)
        default: return nil
        }
    }
}
