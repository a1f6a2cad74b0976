/// Latencies of the latest span, or of all time where there is none.
///
/// Kept in slices of a 64th of the span, dropped whole: what is counted is never younger than the
/// span and at most a 64th older.
package struct SlidingLatencies: Hashable, Sendable {
    private struct Slice: Hashable, Sendable {
        var begun: Duration
        var ended: Duration
        var histogram: LatencyHistogram
    }

    private let span: Duration?
    private var slices: [Slice] = []

    package init(span: Duration?) { self.span = span }

    package mutating func add(_ more: LatencyHistogram, now: Duration) {
        guard more.count > 0 else { return }
        if let last = slices.indices.last,
            span.map({ now - slices[last].begun <= $0 / 64 }) ?? true
        {
            slices[last].histogram.add(more)
            slices[last].ended = now
        } else {
            slices.append(Slice(begun: now, ended: now, histogram: more))
        }
    }

    package mutating func forget(now: Duration) {
        guard let span else { return }
        slices.removeAll { now - $0.ended >= span }
    }

    package var all: LatencyHistogram {
        slices.reduce(into: LatencyHistogram()) { $0.add($1.histogram) }
    }
}
