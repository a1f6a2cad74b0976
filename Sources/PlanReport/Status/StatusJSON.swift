import PlanCore

/// A run's status for programs. `version` 1 is stable: fields may be added, none changes its name
/// or meaning.
package enum StatusJSON {
    package static func value(_ status: RunStatus) -> JSONValue {
        [
            "version": 1,
            "plan": .string(status.plan),
            "file": .string(status.file),
            "outcome": .string(status.outcome?.rawValue ?? "not_begun"),
            "held": .bool(status.isHeld),
            "going_back": .bool(status.goesBack != nil),
            "route": status.route.map(route) ?? .null,
            "steps": .array(status.steps.map(step)),
            "gateways": .array(status.gateways.map(gateway)),
            "repair_backlog": .int(Int64(status.backlog)),
            "repair_age_seconds": .double(status.backlogAge),
            "refused": .int(Int64(status.refusedCount)),
            "waiting_for": optional(status.waiting),
            "trouble": optional(status.trouble),
            "next": .string(status.next),
        ]
    }

    private static func route(_ route: Route) -> JSONValue {
        [
            "epoch": .int(route.epoch),
            "authority": .string(route.authority.rawValue),
            "follower": optional(route.follower?.rawValue),
            "weight_percent": .int(Int64(route.weight)),
            "mirror_percent": .int(Int64(route.mirror)),
            "acknowledgement": .string(route.acknowledgement.rawValue),
            "writes": .string(route.isHeld ? "held" : "open"),
        ]
    }

    private static func step(_ step: RunStatus.StepStatus) -> JSONValue {
        [
            "name": .string(step.name),
            "kind": .string(step.kind),
            "state": .string(step.state.rawValue),
            "message": optional(step.message),
            "seconds": optional(step.seconds),
            "done": optional(step.done),
            "total": optional(step.total),
            "per_second": optional(step.rate),
            "eta_seconds": optional(step.eta),
            "guards": .array(step.guards.map(judged)),
            "notes": .object(
                step.notes.filter { $0.key != "target_collection" }.mapValues { .string($0) }),
        ]
    }

    private static func judged(_ record: RunRecord.GuardRecord) -> JSONValue {
        [
            "guard": .string(record.text),
            "verdict": .string(record.verdict.rawValue),
            "value": optional(record.value),
            "low": optional(record.low),
            "high": optional(record.high),
            "samples": .int(Int64(record.samples)),
            "evaluations": .int(Int64(record.evaluations)),
            "reason": .string(record.reason),
        ]
    }

    private static func gateway(_ gateway: RunStatus.GatewayStatus) -> JSONValue {
        [
            "name": .string(gateway.name),
            "acknowledged_epoch": .int(gateway.acknowledged),
            "requests": .int(gateway.requests),
            "silent_seconds": .double(gateway.silent),
        ]
    }

    private static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    private static func optional(_ value: Double?) -> JSONValue {
        value.map { .double($0) } ?? .null
    }
    private static func optional(_ value: Int64?) -> JSONValue { value.map { .int($0) } ?? .null }
}
