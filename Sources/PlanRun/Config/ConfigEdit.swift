import PlanCore
import YAML

/// Changes single values in an application's configuration and leaves every other byte alone:
/// comments, order, spacing.
package enum ConfigEdit {
    /// Throws `Diagnostic` where a value is not there to be changed.
    package static func apply(
        _ settings: [ConfigChange.Setting], to bytes: [UInt8], file: String
    ) throws(Diagnostic) -> [UInt8] {
        var bytes = bytes
        for setting in settings {
            bytes =
                isAssignments(file)
                ? try assign(setting, in: bytes, file) : try replace(setting, in: bytes, file)
        }
        return bytes
    }

    /// YAML and JSON say so in their names; all else is `KEY=value`.
    private static func isAssignments(_ file: String) -> Bool {
        ![".yaml", ".yml", ".json"].contains { file.lowercased().hasSuffix($0) }
    }

    /// JSON is read as the flow style of YAML, which it is.
    private static func replace(
        _ setting: ConfigChange.Setting, in bytes: [UInt8], _ file: String
    ) throws(Diagnostic) -> [UInt8] {
        let document = YAMLDocument.parse(bytes, rules: .config)
        if let error = document.errors.first {
            let line = document.source.position(of: error.span.lowerBound).line
            throw Diagnostic("'\(file)' line \(line): \(error.message)", hint: error.hint)
        }
        var node = document.root
        for part in setting.path { node = node?[part] }
        guard let node, let scalar = node.scalar else {
            throw Diagnostic(
                "'\(file)' has no value '\(setting.path.joined(separator: "."))'",
                hint: "add it to the file first: only what is there is changed")
        }
        let text = written(setting, like: scalar.style, isJSON: file.hasSuffix(".json"))
        var result = bytes
        result.replaceSubrange(node.span, with: Array(text.utf8))
        return result
    }

    /// As the old value was written, where the new one can be.
    private static func written(
        _ setting: ConfigChange.Setting, like style: YAMLScalar.Style, isJSON: Bool
    ) -> String {
        let value = setting.value
        let isBare = style == .plain && (isJSON ? isJSONLiteral(value) : isPlainYAML(value))
        if isBare { return value }
        let hasControls = value.unicodeScalars.contains { $0.value < 0x20 }
        if style == .singleQuoted, !hasControls {
            return "'\(value.replacing("'", with: "''"))'"
        }
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case _ where scalar.value < 0x20:
                escaped += "\\u00" + (scalar.value < 0x10 ? "0" : "")
                escaped += String(scalar.value, radix: 16)
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return "\"\(escaped)\""
    }

    private static func isJSONLiteral(_ text: String) -> Bool {
        if ["true", "false", "null"].contains(text) { return true }
        return text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil
    }

    /// Wherever it stands: in a flow list too, a comma or a bracket would end it.
    private static func isPlainYAML(_ text: String) -> Bool {
        guard let first = text.first, let last = text.last, first != " ", last != " ",
            last != ":", text.unicodeScalars.allSatisfy({ $0.value >= 0x20 })
        else { return false }
        return !"&*!|>'\"%@`#?-:".contains(first) && !text.contains { ",[]{}".contains($0) }
            && !text.contains(": ") && !text.contains(" #") || isJSONLiteral(text)
    }

    private static func assign(
        _ setting: ConfigChange.Setting, in bytes: [UInt8], _ file: String
    ) throws(Diagnostic) -> [UInt8] {
        let key = setting.path.joined(separator: ".")
        let text = String(decoding: bytes, as: UTF8.self)
        // By scalars: CR and LF are one character to Swift, and both must stay.
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        var found = false
        for (number, line) in lines.enumerated() {
            guard let equals = line.firstIndex(of: "=") else { continue }
            var name = line[..<equals].trimmingPrefix { $0 == " " || $0 == "\t" }
            if name.hasPrefix("export ") { name = name.dropFirst("export ".count) }
            while name.last == " " { name = name.dropLast() }
            guard String(name) == key else { continue }
            let old = line[line.index(after: equals)...]
            lines[number] = String(line[...equals]) + assigned(setting.value, over: old)
            found = true
        }
        guard found else {
            throw Diagnostic(
                "'\(file)' has no value '\(key)'",
                hint: "add it to the file first: only what is there is changed")
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// The new value in the old one's quotes, and what followed the old one: a comment, a CR.
    private static func assigned(_ value: String, over old: Substring) -> String {
        let lead = old.prefix { $0 == " " || $0 == "\t" }
        let rest = old.dropFirst(lead.count)
        let mark = rest.first.flatMap { "\"'".contains($0) ? $0 : nil }
        let tail: Substring
        if let mark {
            let body = rest.dropFirst()
            var escaped = false
            let end = body.firstIndex { character in
                defer { escaped = character == "\\" && !escaped && mark == "\"" }
                return character == mark && !escaped
            }
            tail = end.map { body[body.index(after: $0)...] } ?? ""
        } else {
            let comment = rest.indices.first { index in
                rest[index] == "#" && index > rest.startIndex
                    && rest[rest.index(before: index)].isWhitespace
            }
            var end = comment ?? rest.endIndex
            while end > rest.startIndex, rest[rest.index(before: end)].isWhitespace {
                end = rest.index(before: end)
            }
            tail = rest[end...]
        }
        return String(lead) + quoted(value, like: mark) + tail
    }

    private static func quoted(_ value: String, like mark: Character?) -> String {
        let isOdd = value.contains { $0.isWhitespace || "#\"'\\$`".contains($0) }
        switch mark {
        case "'"? where !value.contains("'"): return "'\(value)'"
        case nil where !isOdd: return value
        default:
            let escaped = value.map { "\"\\".contains($0) ? "\\\($0)" : String($0) }
            return "\"\(escaped.joined())\""
        }
    }
}
