import PlanCore

/// A keyed write of the application, in the source's shape.
package enum WriteOperation: Hashable, Sendable {
    case upsert([Record])
    case update([RecordPatch])
    case delete([RecordID])

    /// Each key once, in the order of first mention.
    package var keys: [RecordID] {
        let all: [RecordID] =
            switch self {
            case .upsert(let records): records.map(\.id)
            case .update(let patches): patches.map(\.id)
            case .delete(let ids): ids
            }
        var seen: Set<RecordID> = []
        return all.filter { seen.insert($0).inserted }
    }

    package var kind: StoreOperation {
        switch self {
        case .upsert: .upsert
        case .update: .update
        case .delete: .delete
        }
    }

    /// Sends it to one side. Returns the ids that an update found absent, as keys.
    func send(
        to store: any VectorStore, side: Side, mapping: any RecordMapping
    ) async throws -> [RecordID] {
        switch self {
        case .upsert(let records):
            try await store.upsert(records.lastOfEach.map { mapping.record($0, for: side) })
            return []
        case .update(let patches):
            let absent = Set(try await store.update(patches.map { mapping.patch($0, for: side) }))
            return keys.filter { key in mapping.id(of: key, on: side).map(absent.contains) ?? true }
        case .delete(let ids):
            try await store.delete(ids.compactMap { mapping.id(of: $0, on: side) })
            return []
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
