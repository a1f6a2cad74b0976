/// How much is measured.
struct BenchSize: Sendable {
    let name: String
    /// Runs of each variant; the median of them counts.
    let repetitions: Int
    /// Records of a backfill and of a verification.
    let records: Int
    /// Records that a search walks.
    let searched: Int
    /// How long a load of concurrent callers lasts, and how often it is repeated: many short ones,
    /// since a disk's syncs are slower in one second than in the next.
    let load: Duration
    let loadRepetitions: Int
    /// Records of the smaller and of the larger backfill whose memory is compared.
    let memory: (small: Int, large: Int)

    static let full = BenchSize(
        name: "full", repetitions: 5, records: 60_000, searched: 10_000, load: .milliseconds(500),
        loadRepetitions: 9,
        memory: (50_000, 500_000))
    static let quick = BenchSize(
        name: "quick", repetitions: 3, records: 15_000, searched: 3_000,
        load: .milliseconds(250), loadRepetitions: 5, memory: (10_000, 60_000))
}
