import PlanCore

/// A keyed write of the application, in the source's shape.
package enum WriteOperation: Hashable, Sendable {
    case upsert([Record])
    case update([RecordPatch])
    case delete([RecordID])
    /// In the API of both stores, for what the words above cannot say. The follower gets a copy of
    /// the outcome.
    case forwarded(ForwardedRequest, keys: [RecordID])

    /// Each key once, in the order of first mention.
    package var keys: [RecordID] {
        let all: [RecordID] =
            switch self {
            case .upsert(let records): records.map(\.id)
            case .update(let patches): patches.map(\.id)
            case .delete(let ids): ids
            case .forwarded(_, let keys): keys
            }
        var seen: Set<RecordID> = []
        return all.filter { seen.insert($0).inserted }
    }

    package var kind: StoreOperation {
        switch self {
        case .upsert: .upsert
        case .update, .forwarded: .update
        case .delete: .delete
        }
    }

    /// What one side did with it.
    struct Sent: Sendable {
        /// Keys that an update found absent.
        var missing: [RecordID] = []
        /// What an update made, in that side's shape, where its store tells.
        var made: [RecordID: Record]?
        /// How many records it changed, where its store tells.
        var changed: Int?
    }

    /// Sends it to one side.
    func send(
        to store: any VectorStore, side: Side, mapping: any RecordMapping
    ) async throws -> Sent {
        switch self {
        case .upsert(let records):
            try await store.upsert(records.lastOfEach.map { mapping.record($0, for: side) })
            return Sent()
        case .update(let patches):
            let result = try await store.updateTelling(
                patches.map { mapping.patch($0, for: side) })
            let absent = Set(result.absent)
            var sent = Sent(
                missing: keys.filter { key in
                    mapping.id(of: key, on: side).map(absent.contains) ?? true
                })
            guard let written = result.written else { return sent }
            let records = Dictionary(written.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
            var made: [RecordID: Record] = [:]
            for key in keys {
                if let id = mapping.id(of: key, on: side) { made[key] = records[id] }
            }
            sent.made = made
            return sent
        case .delete(let ids):
            try await store.delete(ids.compactMap { mapping.id(of: $0, on: side) })
            return Sent()
        case .forwarded(let request, let keys):
            guard store.kind == request.kind, side == .source || mapping.isIdentity,
                let store = store as? any ForwardingStore
            else {
                throw StoreError(
                    store: store.kind, operation: "update", kind: .unsupported,
                    message: "the request is in \(request.kind)'s own words", isDefinite: true)
            }
            return Sent(
                changed: try await store.apply(request, isAtomic: keys.count == 1))
        }
    }
}

extension [Record] {
    /// Of several records with one id, the last: what writing them in order would leave.
    var lastOfEach: [Record] {
        var positions: [RecordID: Int] = [:]
        for (position, record) in enumerated() { positions[record.id] = position }
        return enumerated().filter { positions[$1.id] == $0 }.map(\.element)
    }
}
