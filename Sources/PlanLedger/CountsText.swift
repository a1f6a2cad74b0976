/// Named counts as one line: `name=1;other=2`, sorted by name.
enum CountsText {
    static func encode(_ counts: [String: Int64]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
    }

    static func decode(_ text: String) -> [String: Int64] {
        var counts: [String: Int64] = [:]
        for part in text.split(separator: ";") {
            guard let equals = part.lastIndex(of: "="),
                let value = Int64(part[part.index(after: equals)...])
            else { continue }
            counts[String(part[..<equals])] = value
        }
        return counts
    }
}
