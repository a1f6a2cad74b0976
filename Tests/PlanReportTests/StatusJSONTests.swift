import JSON
import PlanCore
import PlanReport
import Testing

@Suite struct StatusJSONTests {
    private var status: RunStatus {
        var status = RunStatus(plan: "demo", file: "plans/demo.yaml")
        status.outcome = .active
        status.isHeld = true
        status.route = Route(epoch: 3, follower: .target, weight: 5, mirror: 100)
        var step = RunStatus.StepStatus(name: "backfill", kind: "backfill", state: .running)
        step.done = 50
        step.total = 100
        step.rate = 25
        step.eta = 2
        step.seconds = 2
        step.guards = [
            .init(
                text: "missing == 0", verdict: .pass, value: 0, samples: 10, evaluations: 1)
        ]
        status.steps = [step]
        status.gateways = [.init(name: "one", acknowledged: 3, requests: 7, silent: 0.5)]
        return status
    }

    /// Golden: a change here is a change that every program reading `status` sees.
    @Test func `status as JSON is stable`() {
        let expected = """
            {"file":"plans/demo.yaml","gateways":[{"acknowledged_epoch":3,"name":"one",\
            "requests":7,"silent_seconds":0.5}],"going_back":false,"held":true,\
            "next":"plan status plans/demo.yaml --watch","outcome":"active","plan":"demo",\
            "refused":0,"repair_age_seconds":0.0,"repair_backlog":0,"route":{\
            "acknowledgement":"authority","authority":"source","epoch":3,"follower":"target",\
            "mirror_percent":100,"weight_percent":5,"writes":"open"},\
            "steps":[{"done":50,"eta_seconds":2.0,"guards":[{"evaluations":1,"guard":"missing == 0",\
            "high":null,"low":null,"reason":"","samples":10,"value":0.0,"verdict":"pass"}],\
            "kind":"backfill","message":null,"name":"backfill","notes":{},"per_second":25.0,\
            "seconds":2.0,"state":"running","total":100}],"trouble":null,"version":1,\
            "waiting_for":null}
            """
        #expect(JSON.text(StatusJSON.value(status)) == expected)
    }

    @Test func `status as text says what to type next`() {
        let lines = StatusText(style: .plain).lines(status)
        #expect(lines.first?.contains("authority source") == true)
        #expect(lines.contains { $0.contains("50/100") && $0.contains("25/s") })
        #expect(lines.last == "next: plan status plans/demo.yaml --watch")
    }
}
