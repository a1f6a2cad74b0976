import CYAML

/// One event of libyaml, in plain Swift. Spans are bytes of the file.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(YAMLScalar)
        case sequenceStart(isFlow: Bool)
        case sequenceEnd
        case mappingStart(isFlow: Bool)
        case mappingEnd
    }

    var kind: Kind
    var span: Range<Int>
    var anchor: String?
    var tag: String?
}

/// Owns libyaml's parser, which points into itself and must stay where it is.
final class YAMLEvents {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let offsets: CodePointOffsets
    private let source: YAMLSource

    /// nil where memory has run out.
    init?(_ source: YAMLSource) {
        let body = source.bytes[source.prefix...]
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        self.parser = parser
        self.source = source
        input = .allocate(capacity: max(1, body.count))
        _ = input.initialize(from: body)
        offsets = CodePointOffsets(body, base: source.prefix)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, body.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    func next() throws(YAMLError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        let start = offsets[event.start_mark.index]
        let end = max(start, offsets[event.end_mark.index])
        var result = YAMLEvent(kind: .streamEnd, span: start..<end)
        switch event.type {
        case YAML_STREAM_START_EVENT: result.kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: result.kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: result.kind = .documentEnd
        case YAML_ALIAS_EVENT: result.kind = .alias(Self.text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            result.kind = .scalar(Self.scalar(scalar.value, scalar.length, scalar.style))
            result.anchor = Self.text(scalar.anchor)
            result.tag = Self.text(scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            let sequence = event.data.sequence_start
            result.kind = .sequenceStart(isFlow: sequence.style == YAML_FLOW_SEQUENCE_STYLE)
            result.anchor = Self.text(sequence.anchor)
            result.tag = Self.text(sequence.tag)
        case YAML_MAPPING_START_EVENT:
            let mapping = event.data.mapping_start
            result.kind = .mappingStart(isFlow: mapping.style == YAML_FLOW_MAPPING_STYLE)
            result.anchor = Self.text(mapping.anchor)
            result.tag = Self.text(mapping.tag)
        case YAML_SEQUENCE_END_EVENT: result.kind = .sequenceEnd
        case YAML_MAPPING_END_EVENT: result.kind = .mappingEnd
        default: break
        }
        return result
    }

    private func problem() -> YAMLError {
        let failed = parser.pointee
        let words = failed.problem.map { String(cString: $0) } ?? "the YAML cannot be read"
        let context = failed.context.map { String(cString: $0) }
        if failed.error == YAML_READER_ERROR {
            let offset = offsets.base + failed.problem_offset
            return YAMLError(
                words, hint: "remove it, or write it as \"\\x07\" between double quotes",
                span: offset..<offset + 1)
        }
        let offset = offsets[failed.problem_mark.index]
        let opening = offsets[failed.context_mark.index]
        let line = source.position(of: opening).line
        return YAMLError(
            syntax: words, context: context, contextOffset: opening,
            contextLine: line == source.position(of: offset).line ? nil : line,
            at: offset, before: source.bytes.dropFirst(offset).first)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private static func scalar(
        _ value: UnsafeMutablePointer<yaml_char_t>?, _ length: Int, _ style: yaml_scalar_style_t
    ) -> YAMLScalar {
        let text = String(decoding: UnsafeBufferPointer(start: value, count: length), as: UTF8.self)
        let swiftStyle: YAMLScalar.Style =
            switch style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
            case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
            case YAML_LITERAL_SCALAR_STYLE: .literal
            case YAML_FOLDED_SCALAR_STYLE: .folded
            default: .plain
            }
        return YAMLScalar(text, style: swiftStyle)
    }
}

/// libyaml's marks count code points; files are bytes.
private struct CodePointOffsets {
    let base: Int
    private let count: Int
    /// nil: all ASCII, and the two counts are one.
    private let table: [Int]?

    init(_ body: ArraySlice<UInt8>, base: Int) {
        self.base = base
        count = body.count
        guard body.contains(where: { $0 >= 0x80 }) else {
            table = nil
            return
        }
        table = body.indices.filter { body[$0] & 0xC0 != 0x80 } + [body.endIndex]
    }

    subscript(index: Int) -> Int {
        guard let table else { return base + min(index, count) }
        return table[min(index, table.count - 1)]
    }
}
