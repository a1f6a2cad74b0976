import PlanCore

/// Makes the follower hold what the authority holds, for a few keys, part by part. The caller has
/// an intent on each, and has waited out `patience` since the transaction that opened them.
package struct Reconciler: Sendable {
    private let environment: SyncEnvironment
    private let authority: Side
    /// Keys to be left alone: `LedgerTransaction.own`.
    private let own: Set<RecordID>

    package init(environment: SyncEnvironment, authority: Side, own: Set<RecordID> = []) {
        self.environment = environment
        self.authority = authority
        self.own = own
    }

    package struct Result: Hashable, Sendable {
        /// Keys whose follower record was written or deleted.
        package var changed: [RecordID] = []
        /// Keys that the follower will never take, and why.
        package var refused: [RecordID: String] = [:]
    }

    /// A follower that lags is not looked at where what it shall hold can be told without: else
    /// each repair would hold its keys for the follower's staleness, and keys that are written
    /// often would never be repaired.
    private var writesWhole: Bool {
        environment.staleness(of: authority.other) > .zero
            && (authority == .source || environment.mapping.isLossless)
    }

    /// How long after the transaction that opened the intents `reconcile` may begin.
    var patience: Duration { max(environment.staleness(of: authority), patienceToFollow) }

    /// The same for `follow`.
    var patienceToFollow: Duration {
        writesWhole ? .zero : environment.staleness(of: authority.other)
    }

    /// Reads strongly and writes what differs. Throws `StoreError`, definite only where what was
    /// sent is surely not applied, and `Tenure.Lapsed` where nothing was sent.
    @discardableResult
    func reconcile(_ tenure: Tenure) async throws -> Result {
        let keys = tenure.intents.map(\.key)
        return try await follow(tenure, leading: try await read(keys, on: authority))
    }

    /// As `reconcile`, where the authority's records are known: its own under these intents.
    @discardableResult
    func follow(_ tenure: Tenure, leading: [RecordID: Record]) async throws -> Result {
        let keys = tenure.intents.map(\.key)
        let plan =
            writesWhole
            ? await whole(keys, leading) : try await differences(keys, leading: leading)
        try await tenure.check()
        return try await apply(plan)
    }

    /// Everything, whatever the follower holds.
    private func whole(_ keys: [RecordID], _ leading: [RecordID: Record]) async -> Differences {
        await environment.crashPoints.reach(.midRepair)
        var result = Differences()
        for key in keys {
            if let record = leading[key] {
                let wanted =
                    authority == .source
                    ? environment.mapping.forward(record)
                    : environment.mapping.reverse(record, existing: nil)
                result.mismatched.append((key, wanted))
            } else if !environment.flaws.contains(.tombstoneForgotten) {
                result.extra.append(key)
            }
        }
        return result
    }

    /// What has to change on the follower; nothing is written.
    package func differences(_ keys: [RecordID]) async throws -> Differences {
        try await differences(keys, leading: try await read(keys, on: authority))
    }

    private func differences(
        _ keys: [RecordID], leading: [RecordID: Record]
    ) async throws -> Differences {
        let following = try await read(keys, on: authority.other)
        await environment.crashPoints.reach(.midRepair)
        var result = Differences()
        for key in keys {
            switch (leading[key], following[key]) {
            case (nil, nil): continue
            case (nil, .some):
                if !environment.flaws.contains(.tombstoneForgotten) { result.extra.append(key) }
            case (.some(let record), let held):
                guard let wanted = wanted(record, over: held) else { continue }
                if held == nil {
                    result.missing.append((key, wanted))
                } else {
                    result.mismatched.append((key, wanted))
                }
            }
        }
        return result
    }

    package struct Differences: Sendable {
        /// Not in the follower; what it shall hold.
        package var missing: [(key: RecordID, wanted: Record)] = []
        /// Held, but not alike in every part; what it shall hold.
        package var mismatched: [(key: RecordID, wanted: Record)] = []
        /// In the follower alone.
        package var extra: [RecordID] = []

        func filtered(_ isWanted: (RecordID) -> Bool) -> Differences {
            Differences(
                missing: missing.filter { isWanted($0.key) },
                mismatched: mismatched.filter { isWanted($0.key) }, extra: extra.filter(isWanted))
        }

        package var isEmpty: Bool { missing.isEmpty && mismatched.isEmpty && extra.isEmpty }
        package var keys: [RecordID] {
            missing.map(\.key) + mismatched.map(\.key) + extra
        }
    }

    /// nil where the follower's record is as it shall be.
    private func wanted(_ record: Record, over held: Record?) -> Record? {
        let mapping = environment.mapping
        if authority == .source {
            if let held, mapping.agrees(source: record, target: held) { return nil }
            return mapping.forward(record)
        }
        if let held, mapping.agrees(source: held, target: record) { return nil }
        return mapping.reverse(record, existing: held)
    }

    private func read(_ keys: [RecordID], on side: Side) async throws -> [RecordID: Record] {
        let mapping = environment.mapping
        var ids: [RecordID] = []
        var keyOfID: [RecordID: RecordID] = [:]
        for key in keys {
            guard let id = mapping.id(of: key, on: side) else { continue }
            ids.append(id)
            keyOfID[id] = key
        }
        var found: [RecordID: Record] = [:]
        for record in try await environment.store(side).get(ids, .full) {
            if let key = keyOfID[record.id] { found[key] = record }
        }
        return found
    }

    package func apply(_ all: Differences) async throws -> Result {
        let differences = all.filtered { !own.contains($0) }
        // Before anything is sent: what it throws says that nothing was applied.
        if !differences.extra.isEmpty { try await environment.confirm(authority) }
        let follower = environment.store(authority.other)
        var result = Result()
        let upserts = differences.missing + differences.mismatched
        let refused = try await follower.upsertAccepted(upserts.map(\.wanted))
        for (key, wanted) in upserts {
            if let reason = refused[wanted.id] {
                result.refused[key] = reason
            } else {
                result.changed.append(key)
            }
        }
        if !differences.extra.isEmpty {
            let ids = differences.extra.compactMap {
                environment.mapping.id(of: $0, on: authority.other)
            }
            try await follower.delete(ids)
            result.changed += differences.extra
        }
        return result
    }
}

extension VectorStore {
    /// Upserts what the store takes; returns the rest with the store's reasons. `areNew` where few
    /// of them are there.
    ///
    /// A refusal is an answer: nothing of the request is under way any more. Where part of it may
    /// have been applied, it does no harm to write that part again: whole records, under intents
    /// or a window of the caller's.
    func upsertAccepted(
        _ records: [Record], areNew: Bool = false
    ) async throws -> [RecordID: String] {
        guard !records.isEmpty else { return [:] }
        do {
            if areNew { try await load(records) } else { try await upsert(records) }
            return [:]
        } catch let error as StoreError where error.kind == .refused {
            if records.count == 1 { return [records[0].id: error.message] }
            let named = Set(error.ids).intersection(records.map(\.id))
            if !named.isEmpty {
                var refused = try await upsertAccepted(records.filter { !named.contains($0.id) })
                // One at a time, so that each is told its own reason.
                for record in records where named.contains(record.id) {
                    if named.count == 1 {
                        refused[record.id] = error.message
                    } else {
                        refused.merge(try await upsertAccepted([record])) { $1 }
                    }
                }
                return refused
            }
            let middle = records.count / 2
            let first = try await upsertAccepted(Array(records[..<middle]))
            let second = try await upsertAccepted(Array(records[middle...]))
            return first.merging(second) { $1 }
        }
    }
}
