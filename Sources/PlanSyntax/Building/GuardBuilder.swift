import PlanCore
import YAML

/// The short and the long form of a guard → one value.
struct GuardBuilder {
    let issues: Issues

    func build(_ value: Value) -> Guard? {
        var result: Guard?
        if case .shortGuard(let short) = value.content {
            var made = Guard(.metric(short.metric), success: short.condition)
            made.over = short.over
            made.minSamples = short.minSamples ?? made.minSamples
            result = made
        } else if value.fields != nil {
            result = long(value)
        }
        result?.line = issues.line(of: value.span)
        if let result { check(result, value) }
        return result
    }

    private func long(_ value: Value) -> Guard? {
        // Without its metric a condition has no unit: nothing more can be said.
        guard let measure = measure(value) else { return nil }
        let success = condition("success_condition", value, measure)
        let failure = condition("failure_condition", value, measure)
        guard success != nil || failure != nil else { return nil }
        var result = Guard(
            measure, name: value["name"]?.text, success: success, failure: failure)
        result.interval = value["interval"]?.duration ?? result.interval
        result.initialDelay = value["initial_delay"]?.duration ?? result.initialDelay
        result.count = value["count"]?.integer
        result.failureLimit = value["failure_limit"]?.integer ?? result.failureLimit
        result.inconclusiveLimit = value["inconclusive_limit"]?.integer
        result.consecutiveErrorLimit =
            value["consecutive_error_limit"]?.integer ?? result.consecutiveErrorLimit
        result.consecutiveSuccessLimit =
            value["consecutive_success_limit"]?.integer ?? result.consecutiveSuccessLimit
        result.minSamples = value["min_samples"]?.integer ?? result.minSamples
        result.confidence = value["confidence"]?.number ?? result.confidence
        result.require = value["require"]?.choice() ?? result.require
        result.dryRun = value["dry_run"]?.flag ?? result.dryRun
        result.over = value["over"]?.duration
        return result
    }

    private func measure(_ value: Value) -> Guard.Measure? {
        if let metric = value["metric"]?.text { return Metric(metric).map(Guard.Measure.metric) }
        if let prometheus = value["prometheus"] {
            guard let url = prometheus["url"]?.text, let query = prometheus["query"]?.text else {
                return nil
            }
            return .prometheus(url: ValueReference(url), query: query)
        }
        let argv = value["command"]?.texts ?? []
        return argv.isEmpty ? nil : .command(argv)
    }

    private func condition(_ key: String, _ value: Value, _ measure: Guard.Measure) -> Condition? {
        guard let written = value[key], case .condition(let condition) = written.content else {
            return nil
        }
        var metric: Metric.Name?
        if case .metric(let named) = measure { metric = named.name }
        let number = String(condition.text.dropFirst(condition.comparison.rawValue.count + 1))
        switch GuardValue.parse(number, of: metric, condition.comparison) {
        case .success(let value):
            return Condition(condition.comparison, value, text: condition.text)
        case .failure(let refusal):
            issues.error(refusal.message, at: written.span, hint: refusal.hint)
            return nil
        }
    }

    private func check(_ made: Guard, _ value: Value) {
        if let over = made.over, over < made.interval {
            let written = value.keySpan("over")
            issues.error(
                "the window '\(Quantity.text(over))' is shorter than the interval "
                    + "'\(Quantity.text(made.interval))'",
                at: written ?? value.span, hint: "make the window longer")
        }
        let family = made.measure.family
        if made.require == .shownGood, family == .count || family == .age,
            let require = value["require"]
        {
            issues.error(
                "'\(made.measure.text)' is a plain number, not a test", at: require.span,
                hint: "leave require out")
        }
    }
}
