import PlanCore

/// How often a walk over a range failed without getting on.
///
/// An error that the store has no name for, such as a 500, need not end what took hours, and may
/// not be tried for ever.
struct Standstill {
    private static let most = 5

    private var place: String?
    private var failures = 0

    /// A try at what is left of a chunk.
    mutating func begin(_ chunk: Chunk) {
        let place = "\(chunk.name) \(chunk.cursor?.canonical ?? "")"
        if place != self.place { failures = 0 }
        self.place = place
    }

    /// Whether to go on after an error: what passes, always; what nobody knows, a few times.
    mutating func bears(_ error: any Error) -> Bool {
        if error.passes { return true }
        failures += 1
        return (error as? StoreError)?.kind == .other && failures <= Standstill.most
    }
}
