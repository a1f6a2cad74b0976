import PlanCore

/// Where a collection lives as files: `folder/collection/`.
package struct FilesStoreConfiguration: Hashable, Sendable {
    /// Holds the collections' folders; made with the first of them.
    package var folder: String
    package var collection: String
    /// How long a write may wait for another process's transaction.
    package var deadline: Duration = .seconds(10)
    /// Bytes that are gathered before they become a part.
    package var tailBytesMax = 32 << 20
    /// Rows of a part that a compaction writes, at most.
    package var partRowsMax = 131_072

    package init(folder: String, collection: String) {
        self.folder = folder
        self.collection = collection
    }

    /// The collection's own folder.
    var path: String { "\(folder)/\(collection)" }
    var manifest: String { path + "/manifest.json" }
    /// Beside the collection: a claim may come before it, and stays when it goes.
    var claim: String { "\(folder)/.\(collection).claim.json" }
}
