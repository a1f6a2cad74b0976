/// Every record is carried over as it is, under its own id.
package struct IdentityMapping: RecordMapping {
    package init() {}

    package var keepsOrder: Bool { true }
    package var isLossless: Bool { true }
    package var isIdentity: Bool { true }
    package func id(of key: RecordID, on side: Side) -> RecordID? { key }
    package func key(of record: Record, on side: Side) -> RecordID? { record.id }
    package func forward(_ record: Record) -> Record { record }
    package func reverse(_ record: Record, existing: Record?) -> Record { record }
    package func agrees(source: Record, target: Record) -> Bool {
        source.vectors == target.vectors
            && JSONValue.object(source.payload).isJSONEqual(to: .object(target.payload))
    }
    package func refusal(of record: Record) -> String? { nil }
    package func forward(_ patch: RecordPatch) -> RecordPatch { patch }
    package func forward(_ filter: Filter) -> Filter { filter }
    package func forward(vector name: String) -> String { name }
}
