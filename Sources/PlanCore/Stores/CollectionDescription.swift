/// A collection as its store describes it; also the request for one to be created.
package struct CollectionDescription: Hashable, Sendable {
    package enum IDKind: String, Hashable, Sendable, CaseIterable {
        case int, text, uuid
        /// Qdrant: unsigned integers and UUIDs side by side.
        case intOrUUID = "int_or_uuid"
        /// SQLite without a declared type: integers and text side by side.
        case intOrText = "int_or_text"
    }

    package var name: String
    package var idKind: IDKind
    /// Sorted by name; at least one.
    package var vectors: [VectorSpec]
    package var payloadIndexes: [PayloadIndex]
    /// The store's own parameters under its kind, `{"qdrant": {…}}`: carried to a target of the
    /// same kind, nothing to any other.
    package var settings: JSONObject = [:]
    /// What a person should know of it before a migration: what is so, and what to do.
    package var advice: [Advice] = []

    package struct Advice: Hashable, Sendable {
        package var message: String
        package var hint: String

        package init(message: String, hint: String) {
            self.message = message
            self.hint = hint
        }
    }

    package init(
        name: String, idKind: IDKind, vectors: [VectorSpec], payloadIndexes: [PayloadIndex] = []
    ) {
        self.name = name
        self.idKind = idKind
        self.vectors = vectors.sorted { $0.name < $1.name }
        self.payloadIndexes = payloadIndexes
    }

    package func vector(_ name: String) -> VectorSpec? { vectors.first { $0.name == name } }
}

/// An index over one payload field.
package struct PayloadIndex: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case keyword, integer, float, bool, text, datetime, geo, uuid
    }

    package var field: String
    package var kind: Kind
    /// As `CollectionDescription.settings`.
    package var settings: JSONObject = [:]

    package init(field: String, kind: Kind) {
        self.field = field
        self.kind = kind
    }
}

extension CollectionDescription.IDKind {
    /// The one spelling this id has in such a collection, or nil where the collection cannot hold
    /// it. `"1"` stays a string: a client that means an integer sends one.
    package func normalize(_ id: RecordID) -> RecordID? {
        switch (self, id) {
        case (.int, .int): id
        case (.text, .string), (.text, .uuid): .string(id.text)
        case (.uuid, .uuid): id
        case (.uuid, .string(let text)): RecordID(uuid: text)
        case (.intOrUUID, .int(let value)): value >= 0 ? id : nil
        case (.intOrUUID, .large), (.intOrUUID, .uuid): id
        case (.intOrUUID, .string(let text)): RecordID(uuid: text)
        case (.intOrText, .int), (.intOrText, .string): id
        case (.intOrText, .uuid(let text)): .string(text)
        default: nil
        }
    }
}
