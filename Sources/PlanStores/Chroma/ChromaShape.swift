import ChromaFormat
import JSON
import PlanCore

/// A collection as the server describes it, and how its ids are spelled: Chroma's are texts.
struct ChromaShape: Hashable, Sendable {
    /// The server's own id of the collection: a UUID that no other collection ever has.
    let id: String
    let description: CollectionDescription

    /// The metadata key that says what Chroma cannot: the kind of the ids, the vector's name, and
    /// the dimension of a collection that is still empty.
    static let note = "crossfade"

    var vector: VectorSpec? { description.vectors.first }

    init?(_ node: JSONNode) {
        guard let id = node["id"]?.string, let name = node["name"]?.string else { return nil }
        self.id = id
        let metadata = node["metadata"]
        let note = metadata?[ChromaShape.note]?.string.flatMap { try? JSON.parse($0) }
        var kind = CollectionDescription.IDKind.text
        var vector = Record.defaultVector
        var dimension = node["dimension"]?.int
        if case .object(let fields)? = note {
            if case .string(let text)? = fields["id_kind"] { kind = .init(rawValue: text) ?? kind }
            if case .string(let name)? = fields["vector"] { vector = name }
            if dimension == nil, case .int(let count)? = fields["dimension"] {
                dimension = Int(count)
            }
        }
        let configuration = node["configuration_json"]
        let space =
            configuration?["hnsw"]?["space"]?.string ?? configuration?["spann"]?["space"]?.string
            ?? metadata?["hnsw:space"]?.string ?? "l2"
        description = CollectionDescription(
            name: name, idKind: kind,
            vectors: [
                VectorSpec(
                    name: vector, dimension: dimension ?? 0,
                    distance: ChromaMetric.spaces[space] ?? .l2)
            ])
    }

    static func noteText(_ description: CollectionDescription) -> String {
        var fields: JSONObject = ["format": 1, "id_kind": .string(description.idKind.rawValue)]
        if let spec = description.vectors.first {
            fields["vector"] = .string(spec.name)
            fields["dimension"] = .int(Int64(spec.dimension))
        }
        return JSON.text(.object(fields))
    }

    func distance(_ given: Double) -> Double {
        ChromaMetric.distance(given, vector?.distance ?? .l2)
    }

    /// nil where the collection cannot hold such an id.
    func text(of id: RecordID) -> String? { description.idKind.normalize(id)?.text }

    func recordID(_ text: String) -> RecordID { ChromaIDs(description.idKind).id(text) }
}
