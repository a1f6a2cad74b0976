/// A YAML file as a tree, with everything that is wrong with its text.
package struct YAMLDocument: Sendable {
    package var source: YAMLSource
    /// nil for an empty file, and where the text could not be read to its end.
    package var root: YAMLNode?
    /// In the file's order.
    package var errors: [YAMLError]

    /// Unquoted comparisons that are read on past, so that the rest is checked too.
    private static let patchLimit = 20

    package static func parse(_ text: String, rules: YAMLRules = .strict) -> YAMLDocument {
        parse(Array(text.utf8), rules: rules)
    }

    package static func parse(_ bytes: [UInt8], rules: YAMLRules = .strict) -> YAMLDocument {
        guard bytes.count <= rules.byteLimit else {
            let error = YAMLError(
                "the file has \(bytes.count) bytes, and \(rules.byteLimit) is the most",
                hint: "split it", span: 0..<1)
            let shown = YAMLSource(Array(bytes.prefix(200).prefix { $0 < 0x80 }))
            return YAMLDocument(source: shown, root: nil, errors: [error])
        }
        let source = YAMLSource(bytes)
        if let offset = firstMalformed(bytes) {
            let digits = String(bytes[offset], radix: 16)
            let error = YAMLError(
                "the file is not UTF-8: byte 0x\(digits)", hint: "save it as UTF-8",
                span: offset..<offset + 1)
            return YAMLDocument(source: source, root: nil, errors: [error])
        }
        var patched = source
        var unquoted: [YAMLError] = []
        while true {
            var composer = YAMLComposer(source: patched, rules: rules)
            let root = composer.compose()
            if let last = composer.errors.last, last.isUnquotedComparison,
                unquoted.count < patchLimit
            {
                // Of equal length, so that every later position stays right.
                var bytes = patched.bytes
                bytes[last.span.lowerBound] = UInt8(ascii: "<")
                patched = YAMLSource(bytes)
                unquoted.append(last)
                continue
            }
            let errors = (unquoted + composer.errors).sorted {
                $0.span.lowerBound < $1.span.lowerBound
            }
            return YAMLDocument(source: source, root: root, errors: errors)
        }
    }

    private static func firstMalformed(_ bytes: [UInt8]) -> Int? {
        var decoder = UTF8()
        var input = bytes.makeIterator()
        var offset = 0
        while true {
            switch decoder.decode(&input) {
            case .scalarValue(let scalar): offset += UTF8.width(scalar)
            case .emptyInput: return nil
            case .error: return offset
            }
        }
    }
}
