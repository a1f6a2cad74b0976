/// One vector of a record, float32.
package enum Vector: Hashable, Sendable {
    case dense([Float])
    /// Strictly ascending indices, one value each.
    case sparse(indices: [UInt32], values: [Float])

    /// Entries of a dense vector; stored entries of a sparse one.
    package var count: Int {
        switch self {
        case .dense(let values): values.count
        case .sparse(_, let values): values.count
        }
    }

    /// A sparse vector without entries of 0, which say the same as none: some stores keep them,
    /// some do not.
    package var withoutZeros: Vector {
        guard case .sparse(let indices, let values) = self, values.contains(0) else { return self }
        let entries = zip(indices, values).filter { $0.1 != 0 }
        return .sparse(indices: entries.map(\.0), values: entries.map(\.1))
    }

    package var dense: [Float]? {
        if case .dense(let values) = self { values } else { nil }
    }

    /// False where an entry is NaN or infinite: no store may be sent such a vector.
    package var isFinite: Bool {
        switch self {
        case .dense(let values), .sparse(_, let values): Vector.areFinite(values)
        }
    }

    /// A finite entry times zero is zero, any other is NaN: sixteen at a time, without a branch.
    private static func areFinite(_ values: [Float]) -> Bool {
        values.withUnsafeBytes { bytes in
            var sum = SIMD16<Float>()
            var place = 0
            while place + 64 <= bytes.count {
                sum += bytes.loadUnaligned(fromByteOffset: place, as: SIMD16<Float>.self) * 0
                place += 64
            }
            return sum == SIMD16() && values[(place / 4)...].allSatisfy(\.isFinite)
        }
    }
}
