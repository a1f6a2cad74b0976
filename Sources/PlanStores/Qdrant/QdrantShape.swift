import JSON
import PlanCore
import QdrantFormat

/// A collection as Qdrant describes it.
struct QdrantShape: Sendable {
    let description: CollectionDescription
    /// Vectors of whole numbers from 0 to 255.
    let bytes: Set<String>
    /// Where there are several, a strong read asks all of them.
    let replicas: Int
    /// Kilobytes of a segment from which on it is indexed; 0: never.
    let indexingThreshold: Int
    /// Whether every index over vectors is off.
    let hasNoGraph: Bool
    let status: String
    let points: Int
    let indexedVectors: Int

    /// - Parameter info: `result` of `GET /collections/NAME`.
    init(
        _ info: JSONNode, _ configuration: QdrantStoreConfiguration
    ) throws(QdrantShapeError) {
        guard let config = info["config"], let params = config["params"] else {
            throw QdrantShapeError("its description has no 'config'")
        }
        var vectors: [VectorSpec] = []
        var bytes: Set<String> = []
        if let dense = params["vectors"], dense.kind == .object {
            let named =
                dense["size"] != nil ? [(Record.defaultVector, dense)] : dense.fields
            for (name, node) in named {
                vectors.append(try QdrantShape.dense(name, node))
                if node["datatype"]?.string == "uint8" { bytes.insert(name) }
            }
        }
        for (name, node) in params["sparse_vectors"]?.fields ?? [] {
            vectors.append(QdrantShape.sparse(name, node))
        }
        guard !vectors.isEmpty else { throw QdrantShapeError("it has no vectors") }
        var description = CollectionDescription(
            name: configuration.collection, idKind: configuration.ids, vectors: vectors,
            payloadIndexes: QdrantShape.indexes(info["payload_schema"]))
        description.settings = QdrantShape.settings(config, params)
        self.description = description
        self.bytes = bytes
        replicas = params["replication_factor"]?.int ?? 1
        let optimizer = config["optimizer_config"]
        indexingThreshold = optimizer?["indexing_threshold"]?.int ?? 20_000
        hasNoGraph = config["hnsw_config"]?["m"]?.int == 0
        status = info["status"]?.string ?? "green"
        points = info["points_count"]?.int ?? 0
        indexedVectors = info["indexed_vectors_count"]?.int ?? 0
    }

    private static func dense(
        _ name: String, _ node: JSONNode
    ) throws(QdrantShapeError) -> VectorSpec {
        let label = name.isEmpty ? "its vector" : "its vector '\(name)'"
        guard let size = node["size"]?.int,
            let word = node["distance"]?.string, let distance = QdrantMetric.distances[word]
        else { throw QdrantShapeError("\(label) has no size or no distance that is known") }
        if let several = node["multivector_config"], several.kind != .null {
            throw QdrantShapeError("\(label) is a multivector, which is not carried")
        }
        var element = VectorSpec.Element.float32
        switch node["datatype"]?.string {
        case "float16": element = .float16
        case nil, "float32", "uint8": break
        case let type?:
            throw QdrantShapeError("\(label) is of type '\(type)', which is not carried")
        }
        var spec = VectorSpec(
            name: name, dimension: size, distance: distance, element: element)
        spec.settings = kept(node, ["hnsw_config", "quantization_config", "on_disk"])
        if node["datatype"]?.string == "uint8" {
            spec.settings = [
                QdrantAPI.store: .object(
                    spec.settings.own.merging(["datatype": "uint8"]) { $1 })
            ]
        }
        return spec
    }

    private static func sparse(_ name: String, _ node: JSONNode) -> VectorSpec {
        var spec = VectorSpec(
            name: name, dimension: 0, distance: .innerProduct, isSparse: true)
        spec.settings = kept(node, ["index", "modifier"])
        return spec
    }

    private static func settings(_ config: JSONNode, _ params: JSONNode) -> JSONObject {
        let collection = [
            "shard_number", "sharding_method", "replication_factor", "write_consistency_factor",
            "on_disk_payload",
        ]
        var own = kept(params, collection).own
        own.merge(kept(config, ["hnsw_config", "quantization_config"]).own) { $1 }
        let optimizers = config["optimizer_config"].map { kept($0, optimizerSettings).own }
        if let optimizers, !optimizers.isEmpty { own["optimizers_config"] = .object(optimizers) }
        return own.isEmpty ? [:] : [QdrantAPI.store: .object(own)]
    }

    private static let optimizerSettings = [
        "deleted_threshold", "vacuum_min_vector_number", "default_segment_number",
        "max_segment_size", "indexing_threshold", "flush_interval_sec",
    ]

    /// Those of the fields that say something.
    private static func kept(_ node: JSONNode, _ keys: [String]) -> JSONObject {
        var own: JSONObject = [:]
        for key in keys {
            guard let value = node[key]?.value.withoutNulls else { continue }
            own[key] = value
        }
        return own.isEmpty ? [:] : [QdrantAPI.store: .object(own)]
    }

    /// Where the source's spelling of an indexed path is kept.
    static let pathSetting = "path"

    private static func indexes(_ schema: JSONNode?) -> [PayloadIndex] {
        var found: [PayloadIndex] = []
        for (field, node) in schema?.fields ?? [] {
            guard let type = node["data_type"]?.string,
                let kind = PayloadIndex.Kind(rawValue: type)
            else { continue }
            var index = PayloadIndex(field: QdrantPath.plain(field), kind: kind)
            var own: JSONObject = [:]
            if case .object(let params)? = node["params"]?.value.withoutNulls {
                own = params
            }
            if QdrantPath.candidates(index.field).last.flatMap({ $0 })?.own != field {
                own[pathSetting] = .string(field)
            }
            if !own.isEmpty { index.settings = [QdrantAPI.store: .object(own)] }
            found.append(index)
        }
        return found.sorted { $0.field < $1.field }
    }
}

/// Why a collection is none that can be carried.
struct QdrantShapeError: Error {
    let message: String
    init(_ message: String) { self.message = message }
}

extension JSONValue {
    /// Without fields that are null, and without what that leaves empty; nil where nothing is
    /// left.
    var withoutNulls: JSONValue? {
        switch self {
        case .null: return nil
        case .object(let fields):
            let kept = fields.compactMapValues(\.withoutNulls)
            return kept.isEmpty ? nil : .object(kept)
        default: return self
        }
    }
}
