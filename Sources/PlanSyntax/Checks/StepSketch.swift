import PlanCore
import YAML

/// A step as far as its order matters. Read from the tree itself, so that a mistake inside a step
/// does not make another step look misplaced.
struct StepSketch {
    var word: StepWord
    var span: Range<Int>
    /// As given; nil: the word itself.
    var name: String?
    var nameSpan: Range<Int>?
    var isFullVerify = false

    static func all(in root: YAMLNode) -> [StepSketch] {
        (root["steps"]?.sequence ?? []).prefix(Shape.itemsMax).compactMap(sketch)
    }

    private static func sketch(_ node: YAMLNode) -> StepSketch? {
        if let text = node.scalar?.text {
            return word(text).map {
                StepSketch(word: $0, span: node.span, isFullVerify: $0 == .verify)
            }
        }
        let common = StepShapes.common.map(\.key)
        for entry in node.mapping ?? [] {
            guard let text = entry.key.scalar?.text, !common.contains(text),
                let word = word(text)
            else { continue }
            var sketch = StepSketch(word: word, span: entry.key.span)
            sketch.name = node["name"]?.scalar?.text
            sketch.nameSpan = node["name"]?.span
            let mode = entry.value["mode"]?.scalar?.text ?? "full"
            sketch.isFullVerify = word == .verify && mode == "full"
            return sketch
        }
        return nil
    }

    /// A misspelt step counts as what was meant.
    private static func word(_ text: String) -> StepWord? {
        StepWord(text: text)
            ?? Suggestion.nearest(to: text, among: StepWord.spellings).flatMap(StepWord.init(text:))
    }
}
