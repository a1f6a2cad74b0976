import Testing

@testable import plan_demo

/// Every checker is fed a history it must not accept.
@Suite struct KeyHistoryTests {
    /// Version 0 at first; 1 is written from 1 to 2, then 2 (or nothing) from 3 to 4.
    private func history(last version: Int?, _ outcome: WriteEvent.Outcome) -> KeyHistory {
        var history = KeyHistory(initial: 0)
        history.begin(1, at: 1)
        history.end(.ok, at: 2)
        history.begin(version, at: 3)
        history.end(outcome, at: 4)
        return history
    }

    private func read(_ version: Int?, from invoked: Double, to ended: Double) -> ReadEvent {
        ReadEvent(key: 7, version: version, invoked: invoked, ended: ended, isTorn: false)
    }

    @Test func `a read of a write that a later acknowledgement replaced is stale`() {
        let history = history(last: 2, .ok)
        #expect(history.fault(of: read(1, from: 5, to: 6)) == .stale)
        #expect(history.fault(of: read(nil, from: 5, to: 6)) == .stale)
        #expect(history.fault(of: read(2, from: 5, to: 6)) == nil)
    }

    @Test func `a read beside a write may see either, but nothing older`() {
        let history = history(last: 2, .ok)
        #expect(history.fault(of: read(1, from: 3.2, to: 3.8)) == nil)
        #expect(history.fault(of: read(2, from: 3.2, to: 3.8)) == nil)
        #expect(history.fault(of: read(0, from: 3.2, to: 3.8)) == .stale)
    }

    @Test func `a write that is not answered yet may be read`() {
        var history = history(last: 2, .ok)
        history.begin(3, at: 5)
        #expect(history.fault(of: read(3, from: 5.1, to: 5.2)) == nil)
    }

    @Test func `a value read before its write was sent is a fault`() {
        #expect(history(last: 2, .ok).fault(of: read(2, from: 2.1, to: 2.2)) != nil)
    }

    @Test func `a value that nobody wrote is a phantom`() {
        let history = history(last: 2, .ok)
        #expect(history.fault(of: read(9, from: 5, to: 6)) == .phantom)
        #expect(history.finalFault(holding: 9) == .phantom)
    }

    @Test func `a deleted key that comes back is resurrected`() {
        let history = history(last: nil, .ok)
        #expect(history.fault(of: read(1, from: 5, to: 6)) == .resurrected)
        #expect(history.finalFault(holding: 1) == .resurrected)
        #expect(history.finalFault(holding: nil) == nil)
    }

    @Test func `an acknowledged write that is gone at the end is lost`() {
        let history = history(last: 2, .ok)
        #expect(history.finalFault(holding: 1) == .stale)
        #expect(history.finalFault(holding: nil) == .stale)
        #expect(history.finalFault(holding: 2) == nil)
    }

    @Test func `an unknown outcome may or may not have happened`() {
        let history = history(last: 2, .unknown)
        #expect(history.fault(of: read(1, from: 5, to: 6)) == nil)
        #expect(history.fault(of: read(2, from: 5, to: 6)) == nil)
        #expect(history.fault(of: read(0, from: 5, to: 6)) == .stale)
    }

    @Test func `a refused write must not be seen`() {
        let history = history(last: 2, .failed)
        #expect(history.fault(of: read(2, from: 5, to: 6)) != nil)
        #expect(history.finalFault(holding: 2) != nil)
        #expect(history.finalFault(holding: 1) == nil)
    }
}
