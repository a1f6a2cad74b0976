import Glibc
import PlanCore
import Testing

/// SplitMix64 (Steele, Lea, Flood, 2014): the same numbers for the same seed.
struct Random {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) &* 7_919 &+ 17 }

    mutating func fraction() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }

    mutating func below(_ limit: Int) -> Int { min(Int(fraction() * Double(limit)), limit - 1) }

    /// By the gaps between failures, so that healthy reads cost nothing.
    mutating func failures(of trials: Int, rate: Double) -> Int {
        var count = 0
        var position = 0
        while true {
            position += 1 + Int(min(log(1 - fraction()) / log1p(-rate), 1e12))
            if position > trials { return count }
            count += 1
        }
    }

    mutating func batch(of trials: Int, rate: Double) -> SampleCounts {
        let failures = failures(of: trials, rate: rate)
        return SampleCounts(zero: trials - failures, plus: failures)
    }
}

/// Runs that came to something, held to a share by a binomial test at the level 0.1%.
struct Tally {
    static let runs = 2_000
    static let level = 0.001
    var hits = 0

    /// Whether the true share may be `share` or less.
    func mayBe(atMost share: Double, of runs: Int = Tally.runs) -> Bool {
        Binomial.atLeast(hits, of: runs, share) >= Tally.level
    }
}
