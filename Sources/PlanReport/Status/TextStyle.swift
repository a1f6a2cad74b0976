/// Colours for a terminal; none for a pipe, or where `NO_COLOR` is set.
package struct TextStyle: Hashable, Sendable {
    private let isColoured: Bool

    package static let plain = TextStyle(isColoured: false)
    package static let coloured = TextStyle(isColoured: true)

    private init(isColoured: Bool) { self.isColoured = isColoured }

    private func paint(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }

    package func strong(_ text: String) -> String { paint(text, "1") }
    package func dim(_ text: String) -> String { paint(text, "2") }
    package func good(_ text: String) -> String { paint(text, "32") }
    package func warm(_ text: String) -> String { paint(text, "33") }
    package func bad(_ text: String) -> String { paint(text, "31") }
}
