import PlanCore
import YAML

extension ShapeReader {
    /// Unknown and missing keys, then each value by its own shape. What is there comes back even
    /// where something is missing, so that it is checked too.
    func object(_ node: YAMLNode, _ shape: ObjectShape) -> Value? {
        if node.scalar?.isNull == true {
            checkPresence([], of: shape, at: node.span)
            return Value(content: .fields([]), node: node)
        }
        guard let entries = node.mapping else {
            issues.error(
                "'\(shape.name)' takes a mapping, found \(kind(of: node))", at: short(node),
                hint: hintForForm(shape))
            return nil
        }
        var fields: [(key: YAMLNode, value: Value)] = []
        for entry in entries {
            let key = entry.key.scalar?.text ?? ""
            guard let field = shape.field(key) else {
                refuse(entry.key, key: key, in: shape)
                continue
            }
            if let value = read(entry.value, as: field.shape, name: key) {
                fields.append((entry.key, value))
            }
        }
        let keys = entries.compactMap { $0.key.scalar?.text }
        checkPresence(keys, of: shape, at: short(node))
        return Value(content: .fields(fields), node: node)
    }

    private func refuse(_ node: YAMLNode, key: String, in shape: ObjectShape) {
        let known = shape.fields.map(\.key)
        let hint: String
        if let synonym = shape.synonyms[key] {
            hint = "did you mean '\(synonym)'?"
        } else if let place = shape.misplaced[key] {
            hint = place
        } else if known.isEmpty {
            hint = "'\(shape.name)' takes no options"
        } else {
            hint = Suggestion.hint(for: key, among: known)
        }
        issues.error("unknown key '\(clipped(key))' in '\(shape.name)'", at: node.span, hint: hint)
    }

    /// - Parameter keys: as written, also those whose value is wrong.
    private func checkPresence(
        _ keys: [String], of shape: ObjectShape, at span: Range<Int>
    ) {
        for field in shape.fields where field.isRequired && !keys.contains(field.key) {
            // A misspelt key was reported already, with this one as its hint.
            if keys.contains(where: { isMeant($0, field.key, in: shape) }) { continue }
            issues.error(
                "'\(shape.name)' has no '\(field.key)'", at: span,
                hint: "add \(field.key): \(field.note.prefix(1).lowercased())"
                    + field.note.dropFirst().trimmingFullStop)
        }
        if !shape.exactlyOne.isEmpty {
            let given = shape.exactlyOne.filter(keys.contains)
            let isMisspelt = keys.contains { key in
                shape.exactlyOne.contains { isMeant(key, $0, in: shape) }
            }
            if given.count != 1, !(given.isEmpty && isMisspelt) {
                let found = given.isEmpty ? "none" : given.joined(separator: " and ")
                issues.error(
                    "'\(shape.name)' takes exactly one of \(list(shape.exactlyOne)), found \(found)",
                    at: span)
            }
        }
        if !shape.atLeastOne.isEmpty, !shape.atLeastOne.contains(where: keys.contains) {
            let isMisspelt = keys.contains { key in
                shape.atLeastOne.contains { isMeant(key, $0, in: shape) }
            }
            if !isMisspelt {
                issues.error(
                    "'\(shape.name)' needs \(list(shape.atLeastOne))", at: span,
                    hint: "add one of them")
            }
        }
    }

    private func isMeant(_ written: String, _ key: String, in shape: ObjectShape) -> Bool {
        guard shape.field(written) == nil else { return false }
        return shape.synonyms[written] == key
            || Suggestion.nearest(to: written, among: shape.fields.map(\.key)) == key
    }

    private func list(_ keys: [String]) -> String {
        keys.map { "'\($0)'" }.joined(separator: keys.count == 2 ? " or " : ", ")
    }

    private func hintForForm(_ shape: ObjectShape) -> String? {
        guard let first = shape.fields.first else { return nil }
        return "write {\(first.key): …}, or one key a line"
    }
}

extension Substring {
    fileprivate var trimmingFullStop: Substring { hasSuffix(".") ? dropLast() : self }
}
