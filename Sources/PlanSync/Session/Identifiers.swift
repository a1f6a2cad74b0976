import PlanCore
import Synchronization

/// Ids unique in the run: the owner's number in the high bits, a counter in the low.
package final class Identifiers: Sendable {
    private let base: Int64
    private let counter = Mutex<Int64>(0)

    package init(owner: Int64) { base = owner << 40 }

    package func next() -> Int64 {
        base
            + counter.withLock { value in
                value += 1
                return value
            }
    }

    package func next(_ count: Int) -> [Int64] {
        counter.withLock { value in
            let first = base + value + 1
            value += Int64(count)
            return (0..<Int64(count)).map { first + $0 }
        }
    }
}
