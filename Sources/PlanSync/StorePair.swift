import PlanCore

/// Connections to both sides.
package struct StorePair: Sendable {
    package let source: any VectorStore
    package let target: any VectorStore

    package init(source: any VectorStore, target: any VectorStore) {
        self.source = source
        self.target = target
    }

    package func close() async {
        await source.close()
        await target.close()
    }
}
