import PlanCore

enum GuardShapes {
    static let entry = Shape.forms(
        scalar: .named("short_guard", .shortGuard), list: nil,
        mapping: .named("guard", .object(long)))

    static let long = ObjectShape(
        name: "guard",
        fields: [
            FieldShape(
                "metric", .choice(Metric.all.map(\.text)), "What is measured."),
            FieldShape("prometheus", .object(prometheus), "A number from your Prometheus."),
            FieldShape("command", ActionShapes.argv, "A number that a program prints."),
            FieldShape("name", .text(.any), "Default: the metric."),
            FieldShape("success_condition", .condition, "\"< 1%\""),
            FieldShape("failure_condition", .condition, "\"> 0.1%\""),
            FieldShape("interval", .duration(minimum: .milliseconds(1)), "Default: 5s."),
            FieldShape("initial_delay", .duration(minimum: .zero), "Default: 0."),
            FieldShape("count", .positive, "Measurements. Default: until the step ends."),
            FieldShape("failure_limit", .natural, "Failures that are borne. Default: 0."),
            FieldShape("inconclusive_limit", .natural, "Default: none."),
            FieldShape("consecutive_error_limit", .natural, "Default: 4."),
            FieldShape("consecutive_success_limit", .natural, "Default: 0, off."),
            FieldShape(
                "min_samples", .natural, "Default: 100 for rates, 30 for latencies."),
            FieldShape("confidence", .fraction(0.5...0.999_999), "Default: 95%."),
            FieldShape(
                "require",
                .choice([
                    Guard.Requirement.shownGood.rawValue, Guard.Requirement.notShownBad.rawValue,
                ]),
                "shown_good (default for discrepancy_rate and recall) or not_shown_bad."),
            FieldShape("dry_run", .flag, "Shown and recorded; decides nothing. Default: false."),
            FieldShape("over", .duration(minimum: .milliseconds(1)), "A window."),
        ],
        synonyms: [
            "failureLimit": "failure_limit", "successCondition": "success_condition",
            "failureCondition": "failure_condition", "initialDelay": "initial_delay",
            "inconclusiveLimit": "inconclusive_limit",
            "consecutiveErrorLimit": "consecutive_error_limit",
            "consecutiveSuccessLimit": "consecutive_success_limit", "dryRun": "dry_run",
            "condition": "success_condition", "window": "over",
        ],
        exactlyOne: ["metric", "prometheus", "command"],
        atLeastOne: ["success_condition", "failure_condition"])

    private static let prometheus = ObjectShape(
        name: "prometheus",
        fields: [
            FieldShape("url", .reference, required: true, "http://host:9090, or env:NAME."),
            FieldShape("query", .text(.any), required: true, "PromQL that gives one number."),
        ])
}
