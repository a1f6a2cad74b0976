import PlanCore
import YAML

extension ShapeReader {
    /// One written value.
    func scalar(_ node: YAMLNode, as shape: Shape, name: String) -> Value? {
        guard let scalar = node.scalar else {
            issues.error("'\(name)' takes one value, found \(kind(of: node))", at: short(node))
            return nil
        }
        if scalar.isNull {
            issues.error("'\(name)' has no value", at: node.span, hint: "give it one, or remove it")
            return nil
        }
        switch shape {
        case .text(let rule): return text(scalar, node, rule, name: name)
        case .scalar: return Value(content: .text(scalar.text), node: node)
        case .integer(let range): return integer(scalar, node, range, name: name)
        case .percent(let range):
            return number(scalar, node, range, name: name, parse: Self.percent, form: "5 or 5%")
        case .fraction(let range):
            return number(
                scalar, node, range, name: name, parse: Self.fraction, form: "0.95 or 95%")
        case .duration(let minimum): return duration(scalar, node, minimum: minimum, name: name)
        case .rate: return rate(scalar, node, name: name)
        case .flag: return flag(scalar, node, name: name)
        case .choice(let words): return choice(scalar, node, words, name: name)
        case .reference: return reference(scalar, node, name: name)
        case .secret: return secret(scalar, node, name: name)
        case .condition: return condition(scalar, node, name: name)
        case .shortGuard: return shortGuard(scalar, node)
        default: return nil
        }
    }

    private func text(_ scalar: YAMLScalar, _ node: YAMLNode, _ rule: TextRule, name: String)
        -> Value?
    {
        guard rule.accepts(scalar.text) else {
            issues.error(
                "'\(clipped(scalar.text))' is not \(rule.meaning)", at: node.span,
                hint: rule.mended(scalar.text).map { "write \($0)" })
            return nil
        }
        return Value(content: .text(scalar.text), node: node)
    }

    private func integer(
        _ scalar: YAMLScalar, _ node: YAMLNode, _ range: ClosedRange<Int>, name: String
    ) -> Value? {
        guard let value = Quantity.integer(scalar.text) else {
            issues.error(
                "'\(name)' takes a whole number, found '\(clipped(scalar.text))'", at: node.span,
                hint: "write digits only, such as \(max(range.lowerBound, 1))")
            return nil
        }
        guard scalar.style == .plain else {
            issues.error(
                "'\(name)' takes a number, found the text '\(scalar.text)'", at: node.span,
                hint: "remove the quotes")
            return nil
        }
        guard range.contains(value) else {
            outOfRange(name, scalar.text, "\(range.lowerBound)", "\(range.upperBound)", node)
            return nil
        }
        return Value(content: .integer(value), node: node)
    }

    private func number(
        _ scalar: YAMLScalar, _ node: YAMLNode, _ range: ClosedRange<Double>, name: String,
        parse: (String) -> Double?, form: String
    ) -> Value? {
        guard let value = parse(scalar.text) else {
            issues.error(
                "'\(name)' takes a share, found '\(clipped(scalar.text))'", at: node.span,
                hint: "write it as \(form)")
            return nil
        }
        guard range.contains(value) else {
            let bounds = [range.lowerBound, range.upperBound].map { bound in
                bound == 0.000_001 ? "above 0%" : percentText(bound)
            }
            outOfRange(name, scalar.text, bounds[0], bounds[1], node)
            return nil
        }
        return Value(content: .number(value), node: node)
    }

    static func percent(_ text: String) -> Double? {
        Quantity.percent(text) ?? Quantity.number(Substring(text)).map { $0 / 100 }
    }

    static func fraction(_ text: String) -> Double? {
        Quantity.percent(text) ?? Quantity.number(Substring(text))
    }

    private func percentText(_ fraction: Double) -> String {
        let percent = fraction * 100
        return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
    }

    private func duration(
        _ scalar: YAMLScalar, _ node: YAMLNode, minimum: Duration, name: String
    ) -> Value? {
        guard let value = Quantity.duration(scalar.text) else {
            let isBare = Quantity.number(Substring(scalar.text)) != nil
            issues.error(
                isBare
                    ? "'\(name)' needs a unit: '\(scalar.text)'"
                    : "'\(name)' takes a duration, found '\(clipped(scalar.text))'",
                at: node.span,
                hint: isBare
                    ? "write \(scalar.text)s, \(scalar.text)m or \(scalar.text)h"
                    : "write it as 500ms, 10s, 30m, 24h or 7d")
            return nil
        }
        guard value >= minimum else {
            issues.error(
                "'\(name)' is too short: '\(scalar.text)'", at: node.span,
                hint: "give at least \(Quantity.text(minimum))")
            return nil
        }
        return Value(content: .duration(value), node: node)
    }

    private func rate(_ scalar: YAMLScalar, _ node: YAMLNode, name: String) -> Value? {
        guard let value = Quantity.rate(scalar.text) else {
            let isBare = Quantity.number(Substring(scalar.text)) != nil && scalar.text != "0"
            issues.error(
                "'\(name)' takes a rate, found '\(clipped(scalar.text))'", at: node.span,
                hint: "write it as \(isBare ? scalar.text : "5000")/s")
            return nil
        }
        return Value(content: .number(value), node: node)
    }

    private func flag(_ scalar: YAMLScalar, _ node: YAMLNode, name: String) -> Value? {
        guard scalar.style == .plain, scalar.text == "true" || scalar.text == "false" else {
            issues.error(
                "'\(name)' takes true or false, found '\(clipped(scalar.text))'", at: node.span,
                hint: ["yes", "on", "True", "TRUE", "true"].contains(scalar.text)
                    ? "write true" : "write true or false, without quotes")
            return nil
        }
        return Value(content: .flag(scalar.text == "true"), node: node)
    }

    private func choice(
        _ scalar: YAMLScalar, _ node: YAMLNode, _ words: [String], name: String
    ) -> Value? {
        guard words.contains(scalar.text) else {
            let isMetric = name == "metric"
            issues.error(
                isMetric
                    ? "unknown guard metric '\(clipped(scalar.text))'"
                    : "'\(name)' cannot be '\(clipped(scalar.text))'",
                at: node.span,
                hint: isMetric
                    ? GuardText.hint(forMetric: scalar.text)
                    : Suggestion.hint(for: scalar.text, among: words))
            return nil
        }
        return Value(content: .text(scalar.text), node: node)
    }

    private func outOfRange(
        _ name: String, _ text: String, _ low: String, _ high: String, _ node: YAMLNode
    ) {
        issues.error(
            "'\(name)' is out of range: '\(text)'", at: node.span,
            hint: "give a value from \(low) to \(high)")
    }
}
