import PlanCore
import Synchronization

/// What is left of the id lists of scans under way.
///
/// Chroma cannot go on behind a key: a page costs the list of all ids. The rest of a list serves
/// the scan's next pages, for a while. A key that is there all along is seen once; one that came
/// after the list was made may be missed, as if the scan had passed its place before.
final class ChromaListings: Sendable {
    struct Rest: Sendable {
        var range: KeyRange
        var filter: Filter?
        /// The last key that a page gave.
        var cursor: RecordID
        /// In the order of `RecordID`, all above `cursor`.
        var ids: ArraySlice<RecordID>
        var made: ContinuousClock.Instant
        /// How long the list took to make.
        var cost: Duration
    }

    private let rests = Mutex<[Rest]>([])
    private static let countMax = 16
    private static let age = Duration.seconds(2)

    /// The list's own cost bounds what is spent on lists: a twentieth of a scan's time.
    private static func isFresh(_ rest: Rest) -> Bool {
        .now - rest.made < max(age, rest.cost * 20)
    }

    func take(_ range: KeyRange, _ filter: Filter?, after cursor: RecordID) -> Rest? {
        rests.withLock { rests in
            rests.removeAll { !ChromaListings.isFresh($0) }
            let found = rests.firstIndex {
                $0.cursor == cursor && $0.range == range && $0.filter == filter
            }
            return found.map { rests.remove(at: $0) }
        }
    }

    func keep(_ rest: Rest) {
        rests.withLock { rests in
            if rests.count >= ChromaListings.countMax { rests.removeFirst() }
            rests.append(rest)
        }
    }
}
