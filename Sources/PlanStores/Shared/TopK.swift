import PlanCore

/// The k nearest of a stream of candidates. A bounded max-heap by (distance, id).
struct TopK {
    private let k: Int
    private var heap: [(distance: Float, id: RecordID)] = []

    init(k: Int) { self.k = k }

    /// Whether a candidate at this distance can still be among the nearest.
    func admits(_ distance: Float) -> Bool { heap.count < k || distance <= heap[0].distance }

    mutating func add(_ distance: Float, _ id: RecordID) {
        if heap.count < k {
            heap.append((distance, id))
            rise(heap.count - 1)
        } else if k > 0, isNearer((distance, id), than: heap[0]) {
            heap[0] = (distance, id)
            sink()
        }
    }

    /// Nearest first; equal distances by id.
    var sorted: [(distance: Float, id: RecordID)] { heap.sorted { isNearer($0, than: $1) } }

    private func isNearer(
        _ a: (distance: Float, id: RecordID), than b: (distance: Float, id: RecordID)
    ) -> Bool {
        a.distance != b.distance ? a.distance < b.distance : a.id < b.id
    }

    private mutating func rise(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard isNearer(heap[parent], than: heap[child]) else { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var far = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && isNearer(heap[far], than: heap[child]) {
                far = child
            }
            if far == parent { return }
            heap.swapAt(parent, far)
            parent = far
        }
    }
}
