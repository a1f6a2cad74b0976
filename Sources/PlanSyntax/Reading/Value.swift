import PlanCore
import YAML

/// A piece of the file that has the shape it should have. What was wrong is left out: the
/// diagnostic is already written.
struct Value {
    indirect enum Content {
        case text(String)
        case integer(Int)
        case number(Double)
        case flag(Bool)
        case duration(Duration)
        case list([Value])
        /// In the file's order, with the user's own key.
        case fields([(key: YAMLNode, value: Value)])
        case condition(Condition)
        case shortGuard(ShortGuard)
        case step(StepValue)
    }

    var content: Content
    var node: YAMLNode

    var span: Range<Int> { node.span }

    var text: String? { if case .text(let text) = content { text } else { nil } }
    var integer: Int? { if case .integer(let value) = content { value } else { nil } }
    var number: Double? { if case .number(let value) = content { value } else { nil } }
    var flag: Bool? { if case .flag(let value) = content { value } else { nil } }
    var duration: Duration? { if case .duration(let value) = content { value } else { nil } }
    var list: [Value]? { if case .list(let values) = content { values } else { nil } }
    var step: StepValue? { if case .step(let step) = content { step } else { nil } }

    var fields: [(key: YAMLNode, value: Value)]? {
        if case .fields(let fields) = content { fields } else { nil }
    }

    subscript(key: String) -> Value? {
        fields?.first { $0.key.scalar?.text == key }?.value
    }

    /// Where a key is written.
    func keySpan(_ key: String) -> Range<Int>? {
        fields?.first { $0.key.scalar?.text == key }?.key.span
    }

    /// Texts of a list.
    var texts: [String] { list?.compactMap(\.text) ?? [] }

    /// A mapping of the user's own keys to texts.
    var textsByKey: [String: String] {
        var result: [String: String] = [:]
        for (key, value) in fields ?? [] {
            if let key = key.scalar?.text, let text = value.text { result[key] = text }
        }
        return result
    }

    func choice<Choice: RawRepresentable>(_: Choice.Type = Choice.self) -> Choice?
    where Choice.RawValue == String {
        text.flatMap(Choice.init(rawValue:))
    }
}

/// A step before its options are read into their type.
struct StepValue {
    var word: StepWord
    /// The step's own word in the file.
    var wordSpan: Range<Int>
    var options: Value
    /// The whole entry, for `name`, `guards`, `on_failure`, `timeout`.
    var entry: Value
}

/// `METRIC OP VALUE [over DURATION] [with N samples]`
struct ShortGuard {
    var metric: Metric
    var condition: Condition
    var over: Duration?
    var minSamples: Int?
}
