/// What happened, as one number to compare runs by, and as lines where somebody reads it.
package struct Trace: Sendable {
    /// FNV-1a over every line.
    package private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    package private(set) var lines: [String] = []
    private let keeps: Bool

    init(keeps: Bool) { self.keeps = keeps }

    mutating func note(_ now: Duration, _ who: String, _ what: String) {
        let nanoseconds = UInt64(now / .nanoseconds(1))
        for shift in stride(from: 0, to: 64, by: 8) {
            mix(UInt8(truncatingIfNeeded: nanoseconds >> shift))
        }
        for byte in who.utf8 { mix(byte) }
        for byte in what.utf8 { mix(byte) }
        if keeps { lines.append("\(Trace.stamp(now)) \(Trace.padded(who)) \(what)") }
    }

    private mutating func mix(_ byte: UInt8) {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }

    /// Virtual seconds, to the microsecond.
    private static func stamp(_ now: Duration) -> String {
        let microseconds = Int(now / .microseconds(1))
        let fraction = String(1_000_000 + microseconds % 1_000_000).dropFirst()
        let seconds = String(microseconds / 1_000_000)
        return String(repeating: " ", count: max(0, 4 - seconds.count)) + "\(seconds).\(fraction)"
    }

    private static func padded(_ text: String) -> String {
        text + String(repeating: " ", count: max(0, 12 - text.count))
    }
}
