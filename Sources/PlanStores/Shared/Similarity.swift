import PlanCore

/// Distances over float32 vectors, by SIMD with four accumulators: memory bandwidth is what bounds
/// them. As `Distance` defines them.
enum Similarity {
    /// `length`: that of `a`, where the caller has it from `length(of:_:)`; only cosine asks.
    static func distance(
        _ metric: Distance, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int,
        length: Double? = nil
    ) -> Float {
        switch metric {
        case .innerProduct: return -dot(a, b, count)
        case .l2: return squared(a, b, count).squareRoot()
        case .manhattan: return absolute(a, b, count)
        case .cosine:
            // The product of two squares would leave a float's range for lengths beyond 1e9.
            let norms =
                (length ?? self.length(of: a, count)) * Double(dot(b, b, count)).squareRoot()
            return norms > 0 ? Float(1 - Double(dot(a, b, count)) / norms) : 1
        }
    }

    static func length(of vector: UnsafePointer<Float>, _ count: Int) -> Double {
        Double(dot(vector, vector, count)).squareRoot()
    }

    static func dot(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
    ) -> Float {
        fold(a, b, count) { $0 * $1 }
    }

    private static func squared(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
    ) -> Float {
        fold(a, b, count) { left, right in
            let difference = left - right
            return difference * difference
        }
    }

    private static func absolute(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
    ) -> Float {
        fold(a, b, count) { left, right in
            let difference = left - right
            return difference.replacing(with: -difference, where: difference .< 0)
        }
    }

    /// Sums a term over all lanes. Blobs need not be aligned to more than a byte.
    @inline(__always)
    private static func fold(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int,
        _ term: (SIMD8<Float>, SIMD8<Float>) -> SIMD8<Float>
    ) -> Float {
        let left = UnsafeRawPointer(a)
        let right = UnsafeRawPointer(b)
        var sums = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
        @inline(__always)
        func lanes(_ base: UnsafeRawPointer, _ entry: Int) -> SIMD8<Float> {
            base.loadUnaligned(fromByteOffset: entry * 4, as: SIMD8<Float>.self)
        }
        var entry = 0
        while entry + 32 <= count {
            sums.0 += term(lanes(left, entry), lanes(right, entry))
            sums.1 += term(lanes(left, entry + 8), lanes(right, entry + 8))
            sums.2 += term(lanes(left, entry + 16), lanes(right, entry + 16))
            sums.3 += term(lanes(left, entry + 24), lanes(right, entry + 24))
            entry += 32
        }
        while entry + 8 <= count {
            sums.0 += term(lanes(left, entry), lanes(right, entry))
            entry += 8
        }
        if entry < count {
            var tailA = SIMD8<Float>()
            var tailB = SIMD8<Float>()
            for lane in 0..<(count - entry) {
                tailA[lane] = left.loadUnaligned(
                    fromByteOffset: (entry + lane) * 4, as: Float.self)
                tailB[lane] = right.loadUnaligned(
                    fromByteOffset: (entry + lane) * 4, as: Float.self)
            }
            sums.1 += term(tailA, tailB)
        }
        return ((sums.0 + sums.1) + (sums.2 + sums.3)).sum()
    }
}
