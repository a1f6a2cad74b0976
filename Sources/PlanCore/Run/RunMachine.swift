/// Decides what a run does next; performs nothing itself. What comes next is a function of the
/// state alone, so that resuming is just loading.
///
///     step:  waiting ──begin──▶ running ──finish──▶ done
///                ▲                 │ fail             │
///                │                 ▼                  │
///              undone ◀──undo── failed ◀──────────────┘ (going back)
///
/// Invariant: going forward, every step before a running one is done; going back, every step after
/// one that is being undone is undone or was never begun.
package struct RunMachine: Hashable, Sendable {
    package enum StepState: String, Hashable, Sendable {
        case waiting, running, done, failed, undone
    }

    package enum Direction: Hashable, Sendable {
        case forward
        /// Undo every step from the last begun down to this one.
        case back(to: Int)
    }

    package enum Action: Hashable, Sendable {
        case perform(Int)
        case undo(Int)
        /// Everything is done.
        case finish
        /// Everything that was to be undone is.
        case restOnRollback
        /// A step failed and a person decides.
        case waitForPerson(Int)
    }

    package struct IllegalTransition: Error, Hashable, Sendable {
        package var message: String
    }

    package private(set) var states: [StepState]
    package private(set) var direction: Direction

    package init(steps count: Int) {
        states = Array(repeating: .waiting, count: count)
        direction = .forward
    }

    package init(states: [StepState], direction: Direction) {
        self.states = states
        self.direction = direction
    }

    package var next: Action {
        switch direction {
        case .forward:
            guard let index = states.firstIndex(where: { $0 != .done }) else { return .finish }
            return states[index] == .failed ? .waitForPerson(index) : .perform(index)
        case .back(let stop):
            let begun = states.indices.reversed().first { index in
                index >= stop && [.running, .done, .failed].contains(states[index])
            }
            return begun.map(Action.undo) ?? .restOnRollback
        }
    }

    /// The step at work, or the one that would be.
    package var current: Int? {
        switch next {
        case .perform(let index), .undo(let index), .waitForPerson(let index): index
        case .finish, .restOnRollback: nil
        }
    }

    package mutating func begin(_ index: Int) throws(IllegalTransition) {
        try expect(.perform(index), "begin")
        states[index] = .running
    }

    package mutating func finish(_ index: Int) throws(IllegalTransition) {
        try expect(.perform(index), "finish")
        states[index] = .done
    }

    package mutating func fail(_ index: Int) throws(IllegalTransition) {
        try expect(.perform(index), "fail")
        states[index] = .failed
    }

    /// A person, or a new `apply`, tries a failed step again.
    package mutating func retry() {
        for index in states.indices where states[index] == .failed { states[index] = .waiting }
    }

    package mutating func goBack(to index: Int) { direction = .back(to: index) }

    package mutating func undone(_ index: Int) throws(IllegalTransition) {
        try expect(.undo(index), "undo")
        states[index] = .undone
    }

    /// After a rollback: what was undone waits again.
    package mutating func goForward() {
        direction = .forward
        for index in states.indices where states[index] == .undone { states[index] = .waiting }
    }

    /// A person takes back a rollback that is under way: what was undone is done again, and so is the
    /// step that was being undone, unless it is still done.
    package mutating func takeBack(isStillDone: Bool) {
        if !isStillDone, case .undo(let index) = next { states[index] = .waiting }
        goForward()
    }

    private func expect(_ action: Action, _ word: String) throws(IllegalTransition) {
        guard next == action else {
            throw IllegalTransition(message: "cannot \(word): what comes next is \(next)")
        }
    }
}
