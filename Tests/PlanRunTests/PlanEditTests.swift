import PlanCore
import PlanRun
import Testing

/// Which steps of a run may still be changed.
@Suite struct PlanEditTests {
    private func steps(_ soak: Duration, _ cutover: CutoverOptions = CutoverOptions()) -> Plan {
        func endpoint(_ name: String) -> StoreEndpoint {
            StoreEndpoint(kind: .sqlite, address: .literal(name), collection: "things")
        }
        var plan = Plan(
            file: "plan.yaml", name: "p", source: endpoint("a"), target: endpoint("b"))
        plan.steps = [
            Step(.cutover(cutover)), Step(.soak(SoakOptions(duration: soak))),
            Step(.detach(DetachOptions())),
        ]
        return plan
    }

    private func record(_ states: [RunMachine.StepState]) -> RunRecord {
        var record = RunRecord(
            plan: "p", digest: "", text: "",
            source: StoreIdentity(kind: "sqlite", instance: "a", collection: "things"),
            ledger: "l",
            steps: steps(.zero).steps.map { .init(name: $0.name, kind: $0.kind.word.rawValue) },
            begun: 0)
        record.machine = RunMachine(states: states, direction: .forward)
        return record
    }

    @Test(arguments: [
        (RunMachine.StepState.waiting, true), (.failed, true), (.running, true), (.undone, true),
        (.done, false),
    ])
    func `a soak may be changed until it is done`(state: RunMachine.StepState, may: Bool) {
        let (before, after) = (steps(.seconds(1)), steps(.seconds(2)))
        let record = record([.done, state, .waiting])
        #expect((PlanEdit.obstacle(before, after, record) == nil) == may)
        #expect(PlanEdit.kept(before, after, record) == 1)
        #expect(PlanEdit.blockingStep(before, after, record) == (may ? nil : "soak"))
        let isBegun = state != .waiting && state != .undone
        #expect(PlanEdit.kept(before, before, record) == (isBegun ? 2 : 1))
    }

    @Test(arguments: [RunMachine.StepState.failed, .running, .done])
    func `a cutover that was begun may not`(state: RunMachine.StepState) {
        var other = CutoverOptions()
        other.attempts += 1
        let record = record([state, .waiting, .waiting])
        let said = PlanEdit.obstacle(steps(.zero), steps(.zero, other), record)
        #expect(said == "the step 'cutover' has begun and changed")
    }
}
