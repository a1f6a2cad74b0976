import PlanCore
import YAML

extension ShapeReader {
    /// A bare word, or a mapping of one step word and what every step takes.
    func step(_ node: YAMLNode) -> Value? {
        if let scalar = node.scalar, !scalar.isNull { return bareStep(scalar.text, node) }
        guard let entries = node.mapping, !entries.isEmpty else {
            issues.error(
                "a step is a word or a mapping, found \(kind(of: node))", at: short(node),
                hint: "write - backfill: {…}")
            return nil
        }
        let words = entries.compactMap { entry in
            StepWord(text: entry.key.scalar?.text ?? "").map { ($0, entry) }
        }
        guard let (word, entry) = words.first else {
            refuseStep(entries)
            return nil
        }
        if words.count > 1 {
            issues.error(
                "'\(words[1].0.rawValue)' begins a second step in one entry",
                at: words[1].1.key.span, hint: "begin its line with '- '")
            return nil
        }
        let written = entry.key.scalar?.text ?? word.rawValue
        var options = StepShapes.options(word)
        for field in StepShapes.common where options.field(field.key) == nil {
            options.misplaced[field.key] = "write it below, beside '\(written)'"
        }
        let common = ObjectShape(
            name: word.rawValue,
            fields: [FieldShape(written, .object(options), "")] + StepShapes.common,
            synonyms: optionSynonyms(options))
        guard let value = object(node, common), let own = value[written] else { return nil }
        return Value(
            content: .step(
                StepValue(word: word, wordSpan: entry.key.span, options: own, entry: value)),
            node: node)
    }

    private func bareStep(_ text: String, _ node: YAMLNode) -> Value? {
        guard let word = StepWord(text: text) else {
            issues.error(
                "unknown step '\(clipped(text))'", at: node.span,
                hint: Suggestion.hint(for: text, among: StepWord.spellings))
            return nil
        }
        let null = YAMLNode(.scalar(YAMLScalar("")), span: node.span)
        guard let options = object(null, StepShapes.options(word)) else { return nil }
        let entry = Value(content: .fields([]), node: node)
        return Value(
            content: .step(
                StepValue(word: word, wordSpan: node.span, options: options, entry: entry)),
            node: node)
    }

    private func refuseStep(_ entries: [YAMLEntry]) {
        let common = StepShapes.common.map(\.key)
        let unknown = entries.first { !common.contains($0.key.scalar?.text ?? "") }
        guard let unknown, let text = unknown.key.scalar?.text else {
            issues.error(
                "this step has no kind", at: entries[0].key.span,
                hint: "one of " + StepWord.spellings.joined(separator: ", "))
            return
        }
        issues.error(
            "unknown step '\(clipped(text))'", at: unknown.key.span,
            hint: Suggestion.hint(for: text, among: StepWord.spellings))
    }

    /// An option written beside its step instead of inside it.
    private func optionSynonyms(_ options: ObjectShape) -> [String: String] {
        var result = ["on_fail": "on_failure", "guard": "guards", "onFailure": "on_failure"]
        for field in options.fields where result[field.key] == nil {
            result[field.key] = "\(options.name): {\(field.key): …}"
        }
        return result
    }
}
