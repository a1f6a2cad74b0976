import PlanCore
import Synchronization

/// On what grounds a gateway that belongs to no run passes requests to the source: that it looked
/// for a run and there was none, less than half a quarantine ago by its own clock. A run that began
/// since copies nothing, and moves nothing, before a quarantine is over (decision 7); a process that
/// sleeps for longer may wake in the middle of one that nobody made wait for it.
final class Passage: Sendable {
    /// A write that went to the source after a run may have moved on.
    enum Stray: Hashable, Sendable {
        case keys([RecordID])
        case filter
    }

    private struct State {
        /// From before the last look that found no run.
        var looked: Duration
        var strays: [Stray] = []
    }

    let quarantine: Duration
    private let time: any TimeSource
    private let hasRun: @Sendable () -> Bool
    private let state: Mutex<State>

    init(
        time: any TimeSource, quarantine: Duration, hasRun: @escaping @Sendable () -> Bool
    ) {
        self.time = time
        self.quarantine = quarantine
        self.hasRun = hasRun
        state = Mutex(State(looked: time.now))
    }

    /// False where there is a run.
    @discardableResult
    func look() -> Bool {
        let asked = time.now
        if hasRun() { return false }
        state.withLock { $0.looked = max($0.looked, asked) }
        return true
    }

    /// The time from which what is about to be sent counts; nil: there is a run, and nothing may
    /// pass.
    func enter() -> Duration? {
        let looked = state.withLock(\.looked)
        return stands(since: looked) ? max(looked, state.withLock(\.looked)) : nil
    }

    /// Whether what entered then may still be told its answer.
    func stands(since looked: Duration) -> Bool {
        time.now - looked < quarantine / 2 || look()
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
