/// Why the ledger did not do what was asked.
package enum LedgerError: Error, Hashable, Sendable {
    /// It cannot be reached or is out of room; surely nothing was changed.
    case unavailable(String)
    /// The commit's outcome is not known: it may have happened.
    case unknownCommit(String)
    /// The file is gone, or another lies in its place.
    case lost(String)
    /// It belongs to another run.
    case foreign(expected: String, found: String)
    /// Damaged: refused, never reset.
    case unreadable(String)
    /// Written by a newer build.
    case newer(String)
    /// This process was struck off as gone for good: it has to join again.
    case evicted
}

extension LedgerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let why): "the ledger is unavailable: \(why)"
        case .unknownCommit(let why): "the ledger's commit has an unknown outcome: \(why)"
        case .lost(let why):
            "the ledger is lost: \(why); 'plan recover' makes a new one at a higher epoch"
        case .foreign(let expected, let found):
            "the ledger belongs to another run: expected \(expected), found \(found)"
        case .evicted: "this process was evicted from the run; it joins again"
        case .unreadable(let why), .newer(let why): "the ledger cannot be read: \(why)"
        }
    }
}
