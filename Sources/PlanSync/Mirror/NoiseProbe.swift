import Synchronization

/// Whether the source must be asked twice. A source that answers the same each time is found out
/// and then asked only now and then.
package final class NoiseProbe: Sendable {
    private let equalInRow = Mutex(0)
    private let sample = Mutex(0)

    package static let foundOutAfter = 50
    package static let thenEvery = 25

    package init() {}

    package var isDue: Bool {
        let turn = sample.withLock { value in
            value += 1
            return value
        }
        return equalInRow.withLock { $0 } < NoiseProbe.foundOutAfter
            || turn % NoiseProbe.thenEvery == 0
    }

    package func note(areEqual: Bool) {
        equalInRow.withLock { $0 = areEqual ? $0 + 1 : 0 }
    }
}
