/// A piece of a YAML document, with its place in the file.
package struct YAMLNode: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        /// In the file's order.
        case mapping([YAMLEntry])
        /// Only where the rules allow it; by the anchor's name.
        case alias(String)
    }

    package var content: Content
    /// Bytes of the file, quotes and brackets included. Anchors and tags stand before it. A block
    /// collection ends with its last child; an empty value is an empty range.
    package var span: Range<Int>
    package var anchor: String?
    package var tag: String?
    /// True for `[…]` and `{…}`.
    package var isFlow = false
    /// An error was already reported for it: look no closer.
    package var isRefused = false

    package init(_ content: Content, span: Range<Int>) {
        self.content = content
        self.span = span
    }

    package var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    package var sequence: [YAMLNode]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    package var mapping: [YAMLEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// The value of a mapping's key; an item of a sequence, counted from 0.
    package subscript(key: String) -> YAMLNode? {
        if let items = sequence {
            guard let index = Int(key), items.indices.contains(index) else { return nil }
            return items[index]
        }
        return mapping?.first { $0.key.scalar?.text == key }?.value
    }
}

package struct YAMLEntry: Hashable, Sendable {
    package var key: YAMLNode
    package var value: YAMLNode

    package init(key: YAMLNode, value: YAMLNode) {
        self.key = key
        self.value = value
    }
}

package struct YAMLScalar: Hashable, Sendable {
    package enum Style: Hashable, Sendable {
        case plain, singleQuoted, doubleQuoted
        /// `|` and `>`.
        case literal, folded
    }

    /// Unquoted and unescaped.
    package var text: String
    package var style: Style

    package init(_ text: String, style: Style = .plain) {
        self.text = text
        self.style = style
    }

    /// Nothing written, `~` or `null`.
    package var isNull: Bool {
        style == .plain && ["", "~", "null", "Null", "NULL"].contains(text)
    }
}
