/// The pair T (source → target) and U (target → source) between two stores' records.
///
/// Keys are always the source's ids. A *part* is one vector or one top-level payload field;
/// equality and repair go part by part, so that what T drops or rounds stays in the source as it
/// is, and a repair after the cutover never destroys originals.
package protocol RecordMapping: Sendable {
    /// True where both sides keep their records in one key order, under the same ids.
    var keepsOrder: Bool { get }
    /// True where U of a target record alone is what the source shall hold: nothing is dropped,
    /// rounded or changed in type on the way.
    var isLossless: Bool { get }
    /// True where both sides name ids, fields and vectors alike.
    var isIdentity: Bool { get }
    /// True where the id of a record on the target tells its key, without its payload.
    var keepsIDs: Bool { get }
    /// The id a key has on this side; nil where the side cannot hold it.
    func id(of key: RecordID, on side: Side) -> RecordID?
    /// The key of a record found on this side; nil where it cannot be told.
    func key(of record: Record, on side: Side) -> RecordID?
    /// T: what the target shall hold for this source record.
    func forward(_ record: Record) -> Record
    /// U: what the source shall hold for this target record, keeping of `existing` what already
    /// agrees and what T drops.
    func reverse(_ record: Record, existing: Record?) -> Record
    /// Whether the target's record is what T makes of the source's, within the pair's fidelity.
    func agrees(source: Record, target: Record) -> Bool
    /// Why a record, as the source spells it, cannot live in both stores; nil where it can.
    func refusal(of record: Record) -> String?
    /// A partial update as the target spells it.
    func forward(_ patch: RecordPatch) -> RecordPatch
    /// A filter as the target spells it.
    func forward(_ filter: Filter) -> Filter
    /// What the target calls one of the source's vectors.
    func forward(vector name: String) -> String
}

extension RecordMapping {
    package var isLossless: Bool { false }
    package var isIdentity: Bool { false }
    package var keepsIDs: Bool { true }

    /// What the application wrote, as this side holds it.
    package func record(_ record: Record, for side: Side) -> Record {
        side == .source ? record : forward(record)
    }

    package func patch(_ patch: RecordPatch, for side: Side) -> RecordPatch {
        side == .source ? patch : forward(patch)
    }

    package func filter(_ filter: Filter?, for side: Side) -> Filter? {
        side == .source ? filter : filter.map(forward)
    }

    /// What one side holds, as the application knows it.
    package func original(of record: Record, from side: Side) -> Record {
        side == .source ? record : reverse(record, existing: nil)
    }

    package func query(_ query: Query, for side: Side) -> Query {
        guard side == .target else { return query }
        var result = query
        result.filter = query.filter.map(forward)
        result.using = forward(vector: query.using)
        if !keepsIDs { result.includePayload = true }
        return result
    }

    /// What must be read of a side so that each record's key can be told.
    package func projection(_ projection: Projection, for side: Side) -> Projection {
        side == .target && !keepsIDs && projection == .idsOnly ? .withoutVectors : projection
    }
}
