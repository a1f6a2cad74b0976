import PlanCore
import YAML

/// Holds a tree against its shape: what fits comes back as values, what does not as diagnostics.
struct ShapeReader {
    let issues: Issues

    /// - Parameter name: what the value belongs to, as messages call it.
    func read(_ node: YAMLNode, as shape: Shape, name: String) -> Value? {
        guard !node.isRefused else { return nil }
        switch shape {
        case .named(_, let inner):
            return read(node, as: inner, name: name)
        case .list(let item, let minimum):
            return list(node, of: item, minimum: minimum, name: name)
        case .map(let item):
            return map(node, of: item, name: name)
        case .object(let object):
            return self.object(node, object)
        case .forms(let scalar, let list, let mapping):
            return form(node, scalar: scalar, list: list, mapping: mapping, name: name)
        case .variants(let key, let variants):
            return variant(node, key: key, variants, name: name)
        case .step:
            return step(node)
        default:
            return scalar(node, as: shape, name: name)
        }
    }

    private func list(
        _ node: YAMLNode, of item: Shape, minimum: Int, name: String
    ) -> Value? {
        if node.scalar?.isNull == true, minimum == 0 {
            return Value(content: .list([]), node: node)
        }
        guard let items = node.sequence else {
            issues.error(
                "'\(name)' takes a list, found \(kind(of: node))", at: short(node),
                hint: "write \(name): [\(example(of: node))], or one entry a line after '- '")
            return nil
        }
        if items.count < minimum {
            issues.error("'\(name)' is empty", at: short(node), hint: "give at least one entry")
            return nil
        }
        if items.count > Shape.itemsMax {
            issues.error(
                "'\(name)' has \(items.count) entries, and \(Shape.itemsMax) is the most",
                at: items[Shape.itemsMax].span, hint: "give fewer")
        }
        let values = items.prefix(Shape.itemsMax).compactMap { read($0, as: item, name: name) }
        return Value(content: .list(values), node: node)
    }

    private func map(_ node: YAMLNode, of item: Shape, name: String) -> Value? {
        if node.scalar?.isNull == true { return Value(content: .fields([]), node: node) }
        guard let entries = node.mapping else {
            issues.error(
                "'\(name)' takes a mapping, found \(kind(of: node))", at: short(node),
                hint: "write \(name): {key: value}")
            return nil
        }
        let fields = entries.compactMap { entry -> (key: YAMLNode, value: Value)? in
            let key = entry.key.scalar?.text ?? ""
            return read(entry.value, as: item, name: key).map { (entry.key, $0) }
        }
        return Value(content: .fields(fields), node: node)
    }

    private func form(
        _ node: YAMLNode, scalar: Shape?, list: Shape?, mapping: Shape?, name: String
    ) -> Value? {
        let shape: Shape? =
            switch node.content {
            case .scalar: scalar
            case .sequence: list
            case .mapping: mapping
            case .alias: nil
            }
        if let shape { return read(node, as: shape, name: name) }
        let possible = [
            scalar.map { _ in "a value" }, list.map { _ in "a list" },
            mapping.map { _ in "a mapping" },
        ].compactMap(\.self).joined(separator: " or ")
        issues.error("'\(name)' takes \(possible), found \(kind(of: node))", at: short(node))
        return nil
    }

    private func variant(
        _ node: YAMLNode, key: String, _ variants: [Shape.Variant], name: String
    ) -> Value? {
        guard let entries = node.mapping else {
            issues.error(
                "'\(name)' takes a mapping, found \(kind(of: node))", at: short(node),
                hint: "write \(key): first, one of "
                    + variants.map(\.value).joined(separator: ", "))
            return nil
        }
        guard let chosen = entries.first(where: { $0.key.scalar?.text == key }) else {
            let first = entries.first?.key.span ?? short(node)
            issues.error(
                "'\(name)' has no '\(key)'", at: first,
                hint: "add \(key): one of " + variants.map(\.value).joined(separator: ", "))
            return nil
        }
        let choice = Shape.choice(variants.map(\.value))
        guard let value = read(chosen.value, as: choice, name: key), let word = value.text,
            let variant = variants.first(where: { $0.value == word })
        else { return nil }
        if let kind = StoreKind(rawValue: word), !kind.isBuilt {
            issues.error(
                "\(word) comes with a later release; this build has "
                    + StoreKind.builtWords,
                at: value.span)
        }
        let chooser = FieldShape(key, choice, required: true, "The kind of store.")
        var shape = variant.shape
        shape.fields.insert(chooser, at: 0)
        return object(node, shape)
    }

    /// A collection's first line stands for the whole.
    func short(_ node: YAMLNode) -> Range<Int> {
        switch node.content {
        case .mapping(let entries) where !node.isFlow:
            entries.first?.key.span ?? node.span
        case .sequence(let items) where !node.isFlow:
            node.span
                .lowerBound..<max(
                    node.span.lowerBound + 1, items.first?.span.lowerBound ?? node.span.lowerBound)
        default: node.span
        }
    }

    func kind(of node: YAMLNode) -> String {
        switch node.content {
        case .scalar(let scalar): scalar.isNull ? "nothing" : "'\(clipped(scalar.text))'"
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .alias: "an alias"
        }
    }

    func clipped(_ text: String) -> String {
        let line = text.prefix { !$0.isNewline }
        return line.count > 60 || line.count < text.count ? line.prefix(60) + "…" : String(line)
    }

    private func example(of node: YAMLNode) -> String {
        node.scalar.map { $0.isNull ? "…" : clipped($0.text) } ?? "…"
    }
}
