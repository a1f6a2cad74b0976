import PlanCore

/// Chroma's words for similarity, and its numbers.
package enum ChromaMetric {
    package static let spaces: [String: Distance] = [
        "cosine": .cosine, "l2": .l2, "ip": .innerProduct,
    ]

    /// nil where Chroma does not compare so.
    package static func space(_ distance: Distance) -> String? {
        switch distance {
        case .cosine: "cosine"
        case .l2: "l2"
        case .innerProduct: "ip"
        case .manhattan: nil
        }
    }

    /// Chroma's number as `Distance` defines it: its l2 is squared, its inner product 1 − a·b.
    package static func distance(_ given: Double, _ metric: Distance) -> Double {
        switch metric {
        case .l2: max(0, given).squareRoot()
        case .innerProduct: given - 1
        case .cosine, .manhattan: given
        }
    }

    /// The other way round, of float32 as Chroma has it.
    package static func number(_ distance: Double, _ metric: Distance) -> Float {
        switch metric {
        case .l2: Float(distance * distance)
        case .innerProduct: Float(distance + 1)
        case .cosine, .manhattan: Float(distance)
        }
    }
}
