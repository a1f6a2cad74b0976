import PlanCore
import Synchronization

/// On what grounds a gateway that belongs to no run passes requests to the source: that it looked
/// for a run and there was none, less than half a quarantine ago by its own clock. A run that began
/// since copies nothing, and moves nothing, before one and a half are over (decisions 7 and 16); a
/// process that sleeps for longer may wake in the middle of one that nobody made wait for it.
package final class Passage: Sendable {
    /// A write that may have gone to one side after a run had moved on.
    enum Stray: Hashable, Sendable {
        case keys([RecordID])
        case filter(Side)
    }

    private struct State {
        /// From before the last look that found no run.
        var looked: Duration
        var strays: [Stray] = []
    }

    /// The source's: for how long a request that was given up may still land there.
    let quarantine: Duration
    private let time: any TimeSource
    private let hasRun: @Sendable () async -> Bool
    private let state: Mutex<State>

    init(
        time: any TimeSource, quarantine: Duration, hasRun: @escaping @Sendable () async -> Bool
    ) {
        self.time = time
        self.quarantine = quarantine
        self.hasRun = hasRun
        state = Mutex(State(looked: time.now))
    }

    /// False where there is a run.
    @discardableResult
    func look() async -> Bool {
        let asked = time.now
        if await hasRun() { return false }
        state.withLock { $0.looked = max($0.looked, asked) }
        return true
    }

    /// The time from which what is about to be sent counts; nil: there is a run, and nothing may
    /// pass.
    func enter() async -> Duration? {
        let looked = state.withLock(\.looked)
        if time.now - looked < quarantine / 2 { return looked }
        return await look() ? state.withLock(\.looked) : nil
    }

    /// Whether what entered then, and has its answer now, was in the source before anything was
    /// copied. `isKnown`: the store said what became of it, so that nothing of it is under way; else
    /// it counts from when it can have been sent at the latest.
    func covers(_ looked: Duration, isKnown: Bool) async -> Bool {
        let limit = isKnown ? quarantine : quarantine / 2
        if time.now - looked < limit { return true }
        return await look()
    }

    func add(_ stray: Stray) { state.withLock { $0.strays.append(stray) } }

    var strayCount: Int { state.withLock(\.strays.count) }

    /// Gives each stray away, once.
    func takeStrays() -> [Stray] {
        state.withLock { state in
            defer { state.strays = [] }
            return state.strays
        }
    }
}
