import PlanCore
import YAML

struct MappingBuilder {
    let issues: Issues

    func build(_ value: Value) -> MappingRules {
        var rules = MappingRules()
        if let id = value["id"] {
            if id.text == "uuid5" { rules.id = .uuid5(originalField: MappingRules.originalField) }
            if let field = id["uuid5"]?.text { rules.id = .uuid5(originalField: field) }
        }
        rules.fields = value["fields"]?.textsByKey ?? [:]
        rules.vectors = value["vectors"]?.textsByKey ?? [:]
        rules.drop = unique(value["drop"])
        rules.allowLoss = unique(value["allow_loss"])
        for (key, type) in value["types"]?.fields ?? [] {
            if let field = key.scalar?.text { rules.types[field] = type.choice() }
        }
        checkInjective(value["fields"], what: "field", reserved: rules.id)
        checkInjective(value["vectors"], what: "vector", reserved: .keep)
        checkDropped(value, rules)
        return rules
    }

    private func unique(_ list: Value?) -> [String] {
        var result: [String] = []
        for entry in list?.list ?? [] {
            guard let text = entry.text else { continue }
            if result.contains(text) {
                issues.warning("'\(text)' is listed twice", at: entry.span)
            } else {
                result.append(text)
            }
        }
        return result
    }

    /// Two sources under one name could not be told apart on the way back.
    private func checkInjective(_ map: Value?, what: String, reserved: MappingRules.IDRule) {
        var owners: [String: String] = [:]
        if case .uuid5(let field) = reserved { owners[field] = "the original id" }
        for (key, value) in map?.fields ?? [] {
            guard let from = key.scalar?.text, let to = value.text else { continue }
            if let owner = owners[to] {
                issues.error(
                    "the \(what) '\(from)' would take the name '\(to)' from \(owner)",
                    at: value.span, hint: "give it another name")
            }
            owners[to] = "'\(from)'"
        }
    }

    private func checkDropped(_ value: Value, _ rules: MappingRules) {
        for entry in value["drop"]?.list ?? [] {
            guard let field = entry.text else { continue }
            let other = rules.fields[field] != nil ? "renamed" : "converted"
            if rules.fields[field] != nil || rules.types[field] != nil {
                issues.error(
                    "'\(field)' is both dropped and \(other)", at: entry.span,
                    hint: "keep one of the two")
            }
        }
    }
}
