/// What a vector store holds under one id.
///
/// A store with a single unnamed vector calls it `Record.defaultVector`.
package struct Record: Hashable, Sendable {
    package static let defaultVector = ""

    package var id: RecordID
    package var vectors: [String: Vector]
    package var payload: JSONObject

    package init(id: RecordID, vectors: [String: Vector], payload: JSONObject = [:]) {
        self.id = id
        self.vectors = vectors
        self.payload = payload
    }

    package init(id: RecordID, vector: [Float], payload: JSONObject = [:]) {
        self.init(id: id, vectors: [Record.defaultVector: .dense(vector)], payload: payload)
    }

    /// The default dense vector, where there is one.
    package var vector: [Float]? { vectors[Record.defaultVector]?.dense }
}
