import PlanCore

/// Qdrant's words for similarity, and its scores.
package enum QdrantMetric {
    package static let distances: [String: Distance] = [
        "Cosine": .cosine, "Euclid": .l2, "Dot": .innerProduct, "Manhattan": .manhattan,
    ]

    package static func name(_ distance: Distance) -> String {
        switch distance {
        case .cosine: "Cosine"
        case .l2: "Euclid"
        case .innerProduct: "Dot"
        case .manhattan: "Manhattan"
        }
    }

    /// Qdrant's score as a distance: smaller is nearer.
    package static func distance(score: Double, _ metric: Distance) -> Double {
        switch metric {
        case .cosine: 1 - score
        case .innerProduct: -score
        case .l2, .manhattan: score
        }
    }

    /// The other way round, of float32 as Qdrant has it.
    package static func score(distance: Double, _ metric: Distance) -> Float {
        switch metric {
        case .cosine: Float(1 - distance)
        case .innerProduct: Float(-distance)
        case .l2, .manhattan: Float(distance)
        }
    }
}
