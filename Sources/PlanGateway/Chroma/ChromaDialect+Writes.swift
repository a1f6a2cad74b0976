import HTTPServer
import JSON
import PlanCore
import PlanSync

extension ChromaDialect {
    /// How many records a delete took, as Chroma counts them.
    @discardableResult
    func perform(
        _ operation: ChromaOperation, _ reader: ChromaReader, _ request: HTTPRequest
    ) async throws -> Int? {
        let forwarding = relay.forwarding
        let body = try RequestBody(request)
        let write = try reader.write(operation, body, forwards: forwarding.takesWrites)
        if forwarding.authority {
            do {
                return try await forward(write, ChromaListing(body, reader.ids), request)
            } catch WriteFailure.failed(let error) where error.kind == .unsupported {
                // Authority has moved to a store of another kind.
            }
        }
        return try await carryOut(write)
    }

    /// In Chroma's own words: what it merges, and which it leaves alone, it knows best. The follower
    /// gets a copy of the outcome.
    private func forward(
        _ write: ChromaWrite, _ listing: ChromaListing, _ request: HTTPRequest
    ) async throws -> Int? {
        let forwarded = relay.request(request, .collection)
        switch write {
        case .add(let patches), .upsert(let patches), .update(let patches):
            guard !patches.isEmpty else { return nil }
            _ = try await service.write(.forwarded(forwarded, keys: patches.map(\.id)))
            return nil
        case .delete, .nothing: return try await carryOut(write)
        case .deleteMatching, .forwarded:
            return try await service.apply(forwarded) { try await listing.keys(in: $0, limit: $1) }
        }
    }

    /// By what every store can do.
    private func carryOut(_ write: ChromaWrite) async throws -> Int? {
        switch write {
        case .add(let patches): try await turns.run(patches.map(\.id)) { try await add(patches) }
        case .upsert(let patches):
            try await turns.run(patches.map(\.id)) { try await upsert(patches) }
        case .update(let patches):
            // An id that is not there is passed over.
            if !patches.isEmpty { _ = try await service.write(.update(patches)) }
        case .delete(let ids, let given):
            if !ids.isEmpty { _ = try await service.write(.delete(ids)) }
            return given
        case .deleteMatching(let filter):
            // Not every store tells how many it deleted.
            let count = try await service.count(matching: filter)
            return try await service.delete(matching: filter) ?? count
        case .forwarded: throw GatewayError.untranslatable("limit")
        case .nothing: break
        }
        return nil
    }

    /// Of one id several times the first counts.
    private func add(_ patches: [RecordPatch]) async throws {
        guard !patches.isEmpty else { return }
        var seen = Set(try await service.get(patches.map(\.id), .idsOnly).map(\.id))
        let fresh = patches.filter { seen.insert($0.id).inserted }.map(\.whole)
        if !fresh.isEmpty { _ = try await service.write(.upsert(fresh)) }
    }

    private func upsert(_ patches: [RecordPatch]) async throws {
        guard !patches.isEmpty else { return }
        let merged = RecordPatch.merged(patches)
        let absent = Set(try await service.write(.update(merged)))
        let fresh = merged.filter { absent.contains($0.id) }.map(\.whole)
        if !fresh.isEmpty { _ = try await service.write(.upsert(fresh)) }
    }
}

extension RecordPatch {
    /// What it makes of a record that is not there.
    fileprivate var whole: Record { Record(id: id, vectors: vectors, payload: set) }
}
