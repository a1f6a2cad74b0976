import PlanCore

/// The number of a condition in its metric's unit.
enum GuardValue {
    struct Refusal: Error {
        var message: String
        var hint: String?
    }

    /// - Parameter metric: nil for a number from outside.
    static func parse(
        _ text: String, of metric: Metric.Name?, _ comparison: Condition.Comparison
    ) -> Result<Double, Refusal> {
        guard !text.isEmpty else {
            return refuse("a guard compares with a value", "write it as \(comparison.rawValue) 1%")
        }
        let family = metric?.family ?? .external
        let name = metric.map { "'\($0.rawValue)'" } ?? "this"
        switch family {
        case .rate, .quality: return share(text, family, name, comparison)
        case .latency, .age: return time(text, family, name)
        case .count: return count(text, name)
        case .ratio, .external: return plain(text, name, allowsPercent: family == .external)
        }
    }

    private static func share(
        _ text: String, _ family: MetricFamily, _ name: String, _ comparison: Condition.Comparison
    ) -> Result<Double, Refusal> {
        guard let value = Quantity.percent(text) ?? Quantity.number(Substring(text)) else {
            return refuse("\(name) is a share, found '\(text)'", "write it as 1% or 0.01")
        }
        guard value <= 1 else {
            let isBare = !text.hasSuffix("%")
            return refuse(
                "\(name) is a share, and '\(text)' is more than all",
                isBare && value <= 100 ? "did you mean \(text)%?" : "give at most 100%")
        }
        guard family == .rate else { return .success(value) }
        if text == "1" {
            return refuse("'1' is either one percent or all of them", "write 1% or 100%")
        }
        if comparison == .equal || comparison == .notEqual {
            return refuse(
                "\(name) is judged by a test, which cannot show that it is exactly '\(text)'",
                "compare with a bound, such as < \(value > 0 ? text : "0.1%")")
        }
        if value == 0 || value == 1 {
            return refuse(
                "\(name) is judged by a test, which needs a bound between 0% and 100%",
                "write a bound such as 0.1%")
        }
        return .success(value)
    }

    private static func time(
        _ text: String, _ family: MetricFamily, _ name: String
    ) -> Result<Double, Refusal> {
        if family == .latency, let value = Quantity.number(Substring(text)) {
            return .success(value)
        }
        guard let duration = Quantity.duration(text) else {
            let isBare = Quantity.number(Substring(text)) != nil
            return refuse(
                "\(name) is a time, found '\(text)'",
                family == .latency
                    ? "write it as 250ms or 2s" : "write it as \(isBare ? text : "30")s")
        }
        return .success(family == .latency ? duration.milliseconds : duration.seconds)
    }

    private static func count(_ text: String, _ name: String) -> Result<Double, Refusal> {
        guard let value = Quantity.integer(text), value >= 0, value < 1 << 53 else {
            return refuse(
                "\(name) is a number of things, found '\(text)'", "write a whole number, such as 0")
        }
        return .success(Double(value))
    }

    private static func plain(
        _ text: String, _ name: String, allowsPercent: Bool
    ) -> Result<Double, Refusal> {
        if allowsPercent, let value = Quantity.percent(text) { return .success(value) }
        let isNegative = allowsPercent && text.hasPrefix("-")
        guard let value = Quantity.number(Substring(isNegative ? String(text.dropFirst()) : text))
        else {
            return refuse("\(name) is a number, found '\(text)'", "write it as 1.5")
        }
        return .success(isNegative ? -value : value)
    }

    private static func refuse(_ message: String, _ hint: String) -> Result<Double, Refusal> {
        .failure(Refusal(message: message, hint: hint))
    }
}
