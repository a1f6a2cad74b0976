import PlanCore
import Testing

@Suite struct RunMachineTests {
    @Test func `steps are performed in order, and then the run is finished`() throws {
        var machine = RunMachine(steps: 2)
        for index in 0..<2 {
            #expect(machine.next == .perform(index))
            try machine.begin(index)
            #expect(machine.next == .perform(index))
            try machine.finish(index)
        }
        #expect(machine.next == .finish)
    }

    @Test func `a failed step waits for a person until it is tried again`() throws {
        var machine = RunMachine(steps: 2)
        try machine.begin(0)
        try machine.fail(0)
        #expect(machine.next == .waitForPerson(0))
        machine.retry()
        #expect(machine.next == .perform(0))
    }

    @Test func `going back undoes what was begun, last first, and no more`() throws {
        var machine = RunMachine(states: [.done, .done, .running, .waiting], direction: .forward)
        machine.goBack(to: 1)
        #expect(machine.next == .undo(2))
        try machine.undone(2)
        #expect(machine.next == .undo(1))
        try machine.undone(1)
        #expect(machine.next == .restOnRollback)
        machine.goForward()
        #expect(machine.next == .perform(1))
    }

    @Test
    func `a rollback that is taken back does again what was undone, and what was about to be`()
        throws
    {
        var machine = RunMachine(states: [.done, .done, .done, .failed], direction: .forward)
        machine.goBack(to: 1)
        try machine.undone(3)
        var kept = machine
        machine.takeBack(isStillDone: false)
        #expect(machine.states == [.done, .done, .waiting, .waiting])
        #expect(machine.next == .perform(2))
        kept.takeBack(isStillDone: true)
        #expect(kept.states == [.done, .done, .done, .waiting])
    }

    @Test func `what does not come next is refused`() {
        var machine = RunMachine(steps: 2)
        #expect(throws: RunMachine.IllegalTransition.self) { try machine.begin(1) }
        #expect(throws: RunMachine.IllegalTransition.self) { try machine.undone(0) }
    }

    /// Every reachable state has exactly one next action, whatever the history.
    @Test func `the next action is a function of the state alone`() throws {
        let states: [RunMachine.StepState] = [.waiting, .running, .done, .failed, .undone]
        for first in states {
            for second in states {
                let machine = RunMachine(states: [first, second], direction: .forward)
                let again = RunMachine(states: machine.states, direction: machine.direction)
                #expect(machine.next == again.next)
            }
        }
    }
}
