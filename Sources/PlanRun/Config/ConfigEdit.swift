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

    private static func written(
        _ setting: ConfigChange.Setting, like style: YAMLScalar.Style, isJSON: Bool
    ) -> String {
        let needsQuotes =
            setting.value.isEmpty || setting.value.contains(": ") || setting.value.contains(" #")
            || setting.value.first.map { "[]{}&*!|>'\"%@`#,?-: ".contains($0) } ?? true
        if setting.isPlain, isJSON || style == .plain, !needsQuotes { return setting.value }
        if style == .plain, !isJSON, !needsQuotes { return setting.value }
        var escaped = ""
        for scalar in setting.value.unicodeScalars {
            switch scalar {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return "\"\(escaped)\""
    }

    private static func assign(
        _ setting: ConfigChange.Setting, in bytes: [UInt8], _ file: String
    ) throws(Diagnostic) -> [UInt8] {
        let key = setting.path.joined(separator: ".")
        let text = String(decoding: bytes, as: UTF8.self)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var found = false
        for (number, line) in lines.enumerated() {
            guard let equals = line.firstIndex(of: "=") else { continue }
            var name = line[..<equals].trimmingPrefix { $0 == " " || $0 == "\t" }
            if name.hasPrefix("export ") { name = name.dropFirst("export ".count) }
            while name.last == " " { name = name.dropLast() }
            guard String(name) == key else { continue }
            let old = line[line.index(after: equals)...]
            let quote = old.first { $0 == "\"" || $0 == "'" }.filter { _ in
                old.first == "\"" || old.first == "'"
            }
            let mark = quote.map(String.init) ?? ""
            lines[number] = String(line[...equals]) + mark + setting.value + mark
            found = true
        }
        guard found else {
            throw Diagnostic(
                "'\(file)' has no value '\(key)'",
                hint: "add it to the file first: only what is there is changed")
        }
        return Array(lines.joined(separator: "\n").utf8)
    }
}

extension Optional {
    fileprivate func filter(_ test: (Wrapped) -> Bool) -> Wrapped? {
        flatMap { test($0) ? $0 : nil }
    }
}
