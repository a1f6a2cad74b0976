/// Everything that was written to one key, by its one writer, in order.
struct KeyHistory: Sendable {
    /// The first is what the key held before the application began.
    private(set) var writes: [WriteEvent]
    /// How far behind a read may be, in seconds: of a store that promises no more.
    private let lag: Double

    init(initial version: Int?, lag: Double = 0) {
        self.lag = lag
        writes = [
            WriteEvent(version: version, invoked: -.infinity, ended: -.infinity, outcome: .ok)
        ]
    }

    /// A write is known from before it is sent: another client may read it before it is answered.
    /// Its outcome is unknown until `end` says otherwise.
    mutating func begin(_ version: Int?, at invoked: Double) {
        writes.append(
            WriteEvent(version: version, invoked: invoked, ended: nil, outcome: .unknown))
    }

    /// The answer to the write that began last; an unknown outcome never gets an end.
    mutating func end(_ outcome: WriteEvent.Outcome, at ended: Double) {
        writes[writes.count - 1].outcome = outcome
        writes[writes.count - 1].ended = outcome == .unknown ? nil : ended
    }

    /// What the key must hold when nothing is under way; several where outcomes are unknown.
    var possibleNow: Set<Int?> { possible(since: lastAcknowledged) }

    private var lastAcknowledged: Int { writes.lastIndex { $0.outcome == .ok } ?? 0 }

    private func possible(since index: Int) -> Set<Int?> {
        Set(writes[index...].filter { $0.outcome != .failed }.map(\.version))
    }

    enum ReadFault: Hashable, Sendable { case stale, phantom, resurrected }

    /// A read must return the last write acknowledged before it was asked, or one begun before it
    /// was answered.
    func fault(of read: ReadEvent) -> ReadFault? {
        let floor =
            writes.lastIndex { event in
                event.outcome == .ok && event.ended.map { $0 + lag <= read.invoked } ?? false
            } ?? 0
        for (index, event) in writes.enumerated() where event.version == read.version {
            guard event.outcome != .failed, event.invoked <= read.ended else { continue }
            // An unknown outcome may still land late: it has no end.
            if index >= floor || event.outcome == .unknown { return nil }
        }
        guard isKnown(read.version) else { return .phantom }
        return writes[floor].version == nil && read.version != nil ? .resurrected : .stale
    }

    /// What is wrong with what a key holds at the end; nil where all is well.
    func finalFault(holding version: Int?) -> ReadFault? {
        if possibleNow.contains(version)
            || writes.contains(where: {
                $0.outcome == .unknown && $0.version == version
            })
        {
            return nil
        }
        if writes[lastAcknowledged].version == nil { return .resurrected }
        return isKnown(version) ? .stale : .phantom
    }

    /// Absence is no value that somebody could have made up: a key that is gone was lost.
    private func isKnown(_ version: Int?) -> Bool {
        version == nil || writes.contains { $0.version == version }
    }

    /// For people: the last writes before a moment, and the two after it.
    func account(of moment: Double) -> String {
        let next = writes.firstIndex { $0.invoked > moment } ?? writes.count
        return writes[max(0, next - 4)..<min(writes.count, next + 2)].map { event in
            let version = event.version.map(String.init) ?? "deleted"
            let ended = event.ended.map { " until \($0)" } ?? ""
            return "\(version) at \(event.invoked)\(ended) (\(event.outcome))"
        }.joined(separator: ", ")
    }
}
