import PlanCore

/// Holds what was read against what was written, key by key.
///
/// A read may return a write that began before the read ended and that no other write had surely
/// replaced: one acknowledged before the read began, and begun after the first was acknowledged.
/// Every finding is therefore a real fault; not every fault is found.
package struct HistoryCheck {
    package struct Finding: Hashable, Sendable {
        package enum Kind: String, Hashable, Sendable, CaseIterable {
            case lostWrite = "lost write"
            case staleRead = "stale read"
            case staleSearch = "stale search"
            case resurrectedDelete = "resurrected delete"
            case phantomValue = "phantom value"
            case tornRecord = "torn record"
            case divergence = "divergence"
        }

        package var kind: Kind
        package var text: String
    }

    private typealias Write = History.Write
    private let writes: [Int: [History.Write]]
    private let preloaded: Set<Int>
    /// How far behind the stores' reads may be.
    private let slack: Duration

    package init(_ writes: [History.Write], preloaded: Set<Int>, slack: Duration) {
        self.writes = Dictionary(grouping: writes, by: \.key)
        self.preloaded = preloaded
        self.slack = slack
    }

    package func check(_ read: History.Read) -> Finding? {
        switch read.seen {
        case .torn: return finding(.tornRecord, read, "its parts contradict each other")
        case .absent: return checkAbsent(read)
        case .value(let value): return checkStamp(value, read) ?? checkUpdate(value, read)
        }
    }

    /// What a store holds at the end, when nothing is under way any more.
    package func check(final seen: History.Seen, key: Int, on side: Side) -> Finding? {
        let read = History.Read(
            what: "the \(side.rawValue), at the end,", key: key, seen: seen,
            invoked: .never, ended: .never)
        guard var found = check(read) else { return nil }
        if found.kind == .staleRead { found.kind = .lostWrite }
        return found
    }

    private func finding(
        _ kind: Finding.Kind, _ read: History.Read, _ why: String
    ) -> Finding {
        var kind = kind
        if kind == .staleRead, read.what == "search" { kind = .staleSearch }
        let seen =
            switch read.seen {
            case .absent: "nothing"
            case .torn: "a torn record"
            case .value(let value): "\(value.stamp)" + (value.update.map { "+\($0)" } ?? "")
            }
        return Finding(
            kind: kind,
            text: "\(kind.rawValue): \(read.what) of key \(read.key) saw \(seen): \(why)")
    }

    /// True where `ended` is surely before the read began, whatever the stores' lag.
    private func isBefore(_ ended: History.Moment?, _ read: History.Read) -> Bool {
        guard let ended else { return false }
        return ended.order < read.invoked.order && ended.time + slack <= read.invoked.time
    }

    /// The write of the whole key that surely came after `first` and before the read.
    private func successor(
        of first: Write?, _ read: History.Read, where counts: (Write) -> Bool
    ) -> Write? {
        if let first, first.ended == nil || first.outcome != .ok { return nil }
        return (writes[read.key] ?? []).first { write in
            guard write.outcome == .ok, counts(write), isBefore(write.ended, read) else {
                return false
            }
            guard let ended = first?.ended else { return true }
            return ended.order < write.invoked.order
        }
    }

    private static func replaces(_ write: Write) -> Bool {
        switch write.change {
        case .upsert, .delete: true
        case .update, .deleteGroup: false
        }
    }

    private func text(_ write: Write) -> String {
        let what =
            switch write.change {
            case .upsert(let stamp): "the write of \(stamp)"
            case .update(let stamp): "the update +\(stamp)"
            case .delete: "the delete"
            case .deleteGroup(let group): "the delete of group \(group)"
            }
        return what + (write.ended.map { " acknowledged at \($0.time.milliseconds) ms" } ?? "")
    }

    private func checkAbsent(_ read: History.Read) -> Finding? {
        let latest = latestUpsert(before: read)
        var causes: [Write?] = preloaded.contains(read.key) ? [] : [nil]
        var groups: [(group: Int, delete: Write)] = []
        for write in writes[read.key] ?? []
        where write.outcome != .failed && write.invoked.order < read.ended.order {
            switch write.change {
            case .delete: causes.append(write)
            case .deleteGroup(let group): groups.append((group, write))
            case .upsert, .update: break
            }
        }
        // Which group's delete may have hit takes a look at every write: last, and only where
        // nothing else explains what was seen.
        if causes.contains(where: { isLast($0, latest) }) { return nil }
        for (group, delete) in groups where mayHaveHit(group, delete, read, latest) {
            if isLast(delete, latest) { return nil }
            causes.append(delete)
        }
        guard let cause = causes.first else {
            return finding(.lostWrite, read, "nobody ever deleted it")
        }
        let first = successor(of: cause, read) { $0.isUpsert }
        return finding(
            read.invoked == .never ? .lostWrite : .staleRead, read,
            "\(first.map(text) ?? "a write") is missing")
    }

    /// Of the upserts that the read must see, when the one that began last did; nil where there is
    /// none.
    private func latestUpsert(before read: History.Read) -> Int? {
        (writes[read.key] ?? []).reduce(nil) { latest, write in
            guard write.outcome == .ok, write.isUpsert, isBefore(write.ended, read) else {
                return latest
            }
            return max(latest ?? write.invoked.order, write.invoked.order)
        }
    }

    /// Whether no upsert that the read must see surely came after it: as `successor` says, at once.
    private func isLast(_ write: Write?, _ latest: Int?) -> Bool {
        guard let latest else { return true }
        guard let write else { return false }
        guard let ended = write.ended, write.outcome == .ok else { return true }
        return ended.order >= latest
    }

    /// Whether the delete of a group may be why the key is absent: a record of that group must have
    /// been there, and nothing that the read must see may have come after it. A record of another
    /// group, whenever it was written, would still be there.
    private func mayHaveHit(
        _ group: Int, _ delete: Write, _ read: History.Read, _ latest: Int?
    ) -> Bool {
        if preloaded.contains(read.key), RecordValue.group(RecordValue.initial) == group,
            isLast(nil, latest)
        {
            return true
        }
        return (writes[read.key] ?? []).contains { write in
            guard case .upsert(let stamp) = write.change, write.outcome != .failed,
                RecordValue.group(stamp) == group
            else { return false }
            let isBefore = delete.ended.map { write.invoked.order < $0.order } ?? true
            return isBefore && isLast(write, latest)
        }
    }

    private func checkStamp(_ value: ValueSeen, _ read: History.Read) -> Finding? {
        var cause: Write?
        if value.stamp != RecordValue.initial || !preloaded.contains(read.key) {
            cause = (writes[read.key] ?? []).first { $0.change == .upsert(stamp: value.stamp) }
            guard let cause, cause.invoked.order < read.ended.order else {
                return finding(.phantomValue, read, "nobody wrote it")
            }
            if cause.outcome == .failed {
                return finding(.phantomValue, read, "its write was said to have failed")
            }
        }
        guard let later = successor(of: cause, read, where: HistoryCheck.replaces) else {
            return nil
        }
        let kind: Finding.Kind = later.change == .delete ? .resurrectedDelete : .staleRead
        return finding(kind, read, "\(text(later)) came later")
    }

    private func checkUpdate(_ value: ValueSeen, _ read: History.Read) -> Finding? {
        let mine = writes[read.key] ?? []
        let base = mine.first { $0.change == .upsert(stamp: value.stamp) }
        func isUpdate(_ write: Write) -> Bool {
            if case .update = write.change { true } else { false }
        }
        guard let stamp = value.update else {
            guard let later = successor(of: base, read, where: isUpdate) else { return nil }
            return finding(.staleRead, read, "\(text(later)) is missing")
        }
        guard let update = mine.first(where: { $0.change == .update(stamp: stamp) }),
            update.outcome != .failed, update.invoked.order < read.ended.order
        else { return finding(.phantomValue, read, "nobody made the update +\(stamp)") }
        if let base, let ended = update.ended, ended.order < base.invoked.order {
            return finding(.tornRecord, read, "the update is older than the record it is on")
        }
        guard let later = successor(of: update, read, where: isUpdate) else { return nil }
        return finding(.staleRead, read, "\(text(later)) came later")
    }
}

extension History.Write {
    fileprivate var isUpsert: Bool { if case .upsert = change { true } else { false } }
}
