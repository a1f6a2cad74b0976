/// Plans as these tests need them.
struct PlanText {
    var name = "test"
    var target = "{store: sqlite, path: new.sqlite, table: packages, \(PlanText.quick)}"
    var steps: [String] = PlanText.untilSoak
    var source = "{store: sqlite, path: old.sqlite, table: packages, \(PlanText.quick)}"
    var extra = ""
    var speak = "native"

    /// Half of a quarantine is how long requests may pass a gateway that has yet to join.
    private static let quick = "deadline: 500ms, quarantine: 500ms"

    /// For a machine that may be busy, where an application must see no fault meanwhile.
    var patient: PlanText {
        var plan = self
        plan.source = source.replacing(PlanText.quick, with: "deadline: 3s, quarantine: 3s")
        plan.target = target.replacing(PlanText.quick, with: "deadline: 3s, quarantine: 3s")
        return plan
    }

    static let verify = """
        verify: {mode: full, repair: true}
            guards: [missing == 0, extra == 0, mismatched == 0]
        """
    static let cutover = """
        cutover:
              steps: [{set_weight: 30}, {pause: {duration: 500ms}}, {set_weight: 100}]
            guards: [read_error_rate.target < 5% with 10 samples]
        """
    static let untilSoak = [
        "create_target: {distance: cosine}", "dual_write",
        "backfill: {workers: 2, batch_size: 100}", verify,
        "mirror: {percent: 100, duration: 1s}\n    guards: [mirror_dropped_rate < 99% with 10 samples]",
        cutover, "soak: {duration: 1s}\n    guards: [repair_backlog < 1000]",
    ]

    func text(port: Int, admin: Int) -> String {
        """
        plan: 1
        name: \(name)
        source: \(source)
        target: \(target)
        gateway: {listen: "127.0.0.1:\(port)", admin: "127.0.0.1:\(admin)", speak: \(speak)}
        \(extra)
        steps:
        \(steps.map { "  - \($0)" }.joined(separator: "\n"))
        """
    }
}
