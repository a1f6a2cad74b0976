/// What a partial update did.
package struct UpdateResult: Hashable, Sendable {
    /// Ids that are absent, and were left so.
    package var absent: [RecordID]
    /// The whole records as they were written, from a store that changes no parts; nil from one
    /// that does.
    package var written: [Record]?

    package init(absent: [RecordID], written: [Record]? = nil) {
        self.absent = absent
        self.written = written
    }
}
