/// Where random bits come from: the system's generator, or a simulation's seed.
package protocol Entropy: Sendable {
    func next() -> UInt64
}

extension Entropy {
    /// 32 lowercase hexadecimal digits.
    package func identifier() -> String {
        [next(), next()].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Uniform in 0..<1.
    package func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}
