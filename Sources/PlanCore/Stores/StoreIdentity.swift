/// Which collection of which database this is, whatever address it was reached under.
///
/// A resume against another database behind the same variable is refused by comparing these.
package struct StoreIdentity: Hashable, Sendable {
    /// `sqlite`, `pgvector`, …
    package var kind: String
    /// What the server says of itself: a system identifier, a device and inode.
    package var instance: String
    /// Database, schema and table; a collection's name.
    package var collection: String

    package init(kind: String, instance: String, collection: String) {
        self.kind = kind
        self.instance = instance
        self.collection = collection
    }
}
