/// A mutator of a whole range: every key that is touched while it is open is repaired after.
package struct Window: Hashable, Sendable {
    package enum Purpose: String, Hashable, Sendable {
        case copy
        case deleteByFilter = "delete_by_filter"
    }

    package var id: Int64
    package var owner: Int64
    package var range: KeyRange
    package var epoch: Int64
    package var authority: Side
    package var purpose: Purpose

    package init(
        id: Int64, owner: Int64, range: KeyRange, epoch: Int64, authority: Side, purpose: Purpose
    ) {
        self.id = id
        self.owner = owner
        self.range = range
        self.epoch = epoch
        self.authority = authority
        self.purpose = purpose
    }
}
