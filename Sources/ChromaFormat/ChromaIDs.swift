import PlanCore

/// Chroma's ids are texts, whatever kind a collection's ids are.
package struct ChromaIDs: Hashable, Sendable {
    package let kind: CollectionDescription.IDKind

    package init(_ kind: CollectionDescription.IDKind) { self.kind = kind }

    /// A text that is no id of this kind, spelled as we spell it, stays a string.
    package func id(_ text: String) -> RecordID {
        switch kind {
        case .text, .intOrText: return .string(text)
        case .int:
            return Int64(text).map(RecordID.int).flatMap { spelled($0, text) } ?? .string(text)
        case .uuid: return RecordID(uuid: text).flatMap { spelled($0, text) } ?? .string(text)
        case .intOrUUID:
            let id = RecordID(integer: text) ?? RecordID(uuid: text)
            return id.flatMap { spelled($0, text) } ?? .string(text)
        }
    }

    /// Whether such a collection can have this id, in this spelling.
    package func holds(_ id: RecordID) -> Bool { kind.normalize(id) == id }

    private func spelled(_ id: RecordID, _ text: String) -> RecordID? {
        id.text.utf8.elementsEqual(text.utf8) ? id : nil
    }
}
