/// When two vectors of a pair of stores count as the same.
package enum Fidelity: Hashable, Sendable {
    /// The same float32 entries. Of sparse vectors, in every case: the same entries but for
    /// those that are 0.
    case exact
    /// The same direction: the angle's cosine is within 1e-6 of 1 (stores that normalise).
    case direction
    /// Each entry within the rounding of float16: 2⁻¹¹ of itself, or 2⁻²⁴.
    case half

    package func agree(_ a: Vector, _ b: Vector) -> Bool {
        switch (self, a, b) {
        case (.direction, .dense(let a), .dense(let b)): Fidelity.sameDirection(a, b)
        case (_, .sparse, .sparse): a.withoutZeros == b.withoutZeros
        case (.half, .dense(let a), .dense(let b)):
            a.count == b.count
                && zip(a, b).allSatisfy { abs($0 - $1) <= max(abs($0) * 0x1p-10, 0x1p-24) }
        default: a == b
        }
    }

    private static func sameDirection(_ a: [Float], _ b: [Float]) -> Bool {
        guard a.count == b.count else { return false }
        var dot = 0.0
        var squareA = 0.0
        var squareB = 0.0
        for (x, y) in zip(a, b) {
            dot += Double(x) * Double(y)
            squareA += Double(x) * Double(x)
            squareB += Double(y) * Double(y)
        }
        let product = (squareA * squareB).squareRoot()
        return product == 0 ? squareA == squareB : 1 - dot / product <= 1e-6
    }
}
