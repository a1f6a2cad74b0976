import Testing

@testable import PlanSync

@Suite struct WaitingQueueTests {
    @Test func `what comes is taken in its order, and a full queue takes no more`() async {
        let queue = WaitingQueue<Int>(limit: 2)
        #expect(queue.offer(1) && queue.offer(2))
        #expect(!queue.offer(3))
        #expect(await queue.take() == 1)
        #expect(queue.offer(4))
        #expect(await queue.take() == 2)
        #expect(await queue.take() == 4)
    }

    @Test func `every element goes to one of many takers`() async {
        let queue = WaitingQueue<Int>(limit: 1_000)
        let taken = await withTaskGroup(of: Int?.self) { takers in
            for _ in 0..<300 { takers.addTask { await queue.take() } }
            for n in 0..<300 {
                if n % 7 == 0 { await Task.yield() }
                #expect(queue.offer(n))
            }
            return await takers.reduce(into: []) { $0.append($1) }
        }
        #expect(taken.compactMap(\.self).sorted() == Array(0..<300))
    }

    @Test func `a taker that is cancelled goes, and takes nothing with it`() async {
        let queue = WaitingQueue<Int>(limit: 1)
        for _ in 0..<100 {
            let taker = Task { await queue.take() }
            await Task.yield()
            taker.cancel()
            #expect(await taker.value == nil)
        }
        #expect(queue.offer(1))
        #expect(!queue.offer(2))
        #expect(await queue.take() == 1)
    }
}
