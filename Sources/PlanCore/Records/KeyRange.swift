/// A half-open run of ids in the source's order: after `after` (exclusive), up to and including
/// `through`. `nil` is the open end. The empty pair covers everything.
package struct KeyRange: Hashable, Sendable {
    package var after: RecordID?
    package var through: RecordID?

    package static let all = KeyRange(after: nil, through: nil)

    package init(after: RecordID?, through: RecordID?) {
        self.after = after
        self.through = through
    }

    package func contains(_ id: RecordID) -> Bool {
        if let after, id <= after { return false }
        if let through, id > through { return false }
        return true
    }
}
