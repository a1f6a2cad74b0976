/// What shall happen when, earliest first; of two at one time, the one that was added first.
struct TimerHeap {
    struct Entry {
        var due: Duration
        var order: Int
        var action: @Sendable () -> Void

        func isBefore(_ other: Entry) -> Bool {
            due == other.due ? order < other.order : due < other.due
        }
    }

    private var entries: [Entry] = []
    private var added = 0

    var isEmpty: Bool { entries.isEmpty }
    var next: Duration? { entries.first?.due }

    mutating func add(_ due: Duration, _ action: @escaping @Sendable () -> Void) {
        added += 1
        entries.append(Entry(due: due, order: added, action: action))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].isBefore(entries[parent]) else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func take() -> Entry? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].isBefore(entries[least]) { least = child }
            }
            if least == parent { return first }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
