import PlanCore

/// `collection.json`, format 1: what the source's collection is, for those that must know it when
/// the source is no more. The target's is a note of the same format in `run.json`.
struct CollectionFileV1: Codable, Equatable {
    struct Vector: Codable, Equatable {
        var name: String
        var dimension: Int
        var distance: String
        var element: String
        var isSparse: Bool
    }

    struct Index: Codable, Equatable {
        var field: String
        var kind: String
    }

    var formatVersion = 1
    var name: String
    var ids: String
    var vectors: [Vector]
    var payloadIndexes: [Index]

    init(_ description: CollectionDescription) {
        name = description.name
        ids = description.idKind.rawValue
        vectors = description.vectors.map {
            Vector(
                name: $0.name, dimension: $0.dimension, distance: $0.distance.rawValue,
                element: $0.element.rawValue, isSparse: $0.isSparse)
        }
        payloadIndexes = description.payloadIndexes.map {
            Index(field: $0.field, kind: $0.kind.rawValue)
        }
    }

    /// nil where it has words that this format does not.
    var description: CollectionDescription? {
        guard formatVersion == 1, let kind = CollectionDescription.IDKind(rawValue: ids) else {
            return nil
        }
        var specs: [VectorSpec] = []
        for vector in vectors {
            guard let distance = Distance(rawValue: vector.distance),
                let element = VectorSpec.Element(rawValue: vector.element)
            else { return nil }
            specs.append(
                VectorSpec(
                    name: vector.name, dimension: vector.dimension, distance: distance,
                    element: element, isSparse: vector.isSparse))
        }
        var indexes: [PayloadIndex] = []
        for index in payloadIndexes {
            guard let kind = PayloadIndex.Kind(rawValue: index.kind) else { return nil }
            indexes.append(PayloadIndex(field: index.field, kind: kind))
        }
        return CollectionDescription(
            name: name, idKind: kind, vectors: specs, payloadIndexes: indexes)
    }
}
