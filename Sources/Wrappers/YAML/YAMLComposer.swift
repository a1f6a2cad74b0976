/// Builds the tree from libyaml's events and notes what the rules forbid.
struct YAMLComposer {
    private let source: YAMLSource
    private let rules: YAMLRules
    private(set) var errors: [YAMLError] = []

    init(source: YAMLSource, rules: YAMLRules) {
        self.source = source
        self.rules = rules
    }

    /// nil for an empty file or one that cannot be read to its end.
    mutating func compose() -> YAMLNode? {
        guard let events = YAMLEvents(source) else {
            errors.append(YAMLError("out of memory", span: 0..<0))
            return nil
        }
        do {
            return try document(events)
        } catch {
            errors.append(error)
            return nil
        }
    }

    private mutating func document(_ events: YAMLEvents) throws(YAMLError) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd:
                return root
            case .documentStart where root != nil:
                let end = min(event.span.lowerBound + 3, source.bytes.count)
                throw YAMLError(
                    "a second document begins here", hint: "keep one document in a file",
                    span: event.span.lowerBound..<end)
            case .streamStart, .documentStart, .documentEnd:
                continue
            default:
                root = try node(event, events, depth: 0)
            }
        }
    }

    private mutating func node(
        _ event: YAMLEvent, _ events: YAMLEvents, depth: Int
    ) throws(YAMLError) -> YAMLNode {
        var result: YAMLNode
        switch event.kind {
        case .scalar(let scalar):
            result = YAMLNode(.scalar(scalar), span: contentSpan(event))
        case .alias(let name):
            result = YAMLNode(.alias(name), span: event.span)
            if !rules.allowsAnchors {
                result.isRefused = true
                errors.append(
                    YAMLError(
                        "the alias '*\(name)' is not allowed",
                        hint: "write the value out, or quote it", span: event.span))
            }
        case .sequenceStart(let isFlow):
            try check(depth: depth, at: event)
            result = try sequence(event, events, depth: depth + 1)
            result.isFlow = isFlow
        case .mappingStart(let isFlow):
            try check(depth: depth, at: event)
            result = try mapping(event, events, depth: depth + 1)
            result.isFlow = isFlow
        default:
            throw YAMLError("the document ends too early", span: event.span)
        }
        noteProperties(of: event, on: &result)
        return result
    }

    private func check(depth: Int, at event: YAMLEvent) throws(YAMLError) {
        guard depth >= rules.depthLimit else { return }
        let start = event.span.lowerBound
        throw YAMLError(
            "nested deeper than \(rules.depthLimit) levels", hint: "flatten it",
            span: start..<start + 1)
    }

    private mutating func sequence(
        _ start: YAMLEvent, _ events: YAMLEvents, depth: Int
    ) throws(YAMLError) -> YAMLNode {
        var items: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind {
                let end = end(of: event, after: items.last)
                return YAMLNode(.sequence(items), span: span(from: start, to: end))
            }
            items.append(try node(event, events, depth: depth))
        }
    }

    private mutating func mapping(
        _ start: YAMLEvent, _ events: YAMLEvents, depth: Int
    ) throws(YAMLError) -> YAMLNode {
        var entries: [YAMLEntry] = []
        var seen: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind {
                let end = end(of: event, after: entries.last?.value)
                return YAMLNode(.mapping(entries), span: span(from: start, to: end))
            }
            let key = try node(event, events, depth: depth)
            let value = try node(try events.next(), events, depth: depth)
            guard let text = key.scalar?.text else {
                if !key.isRefused {
                    errors.append(
                        YAMLError(
                            "a key must be a word", hint: "quote it if it begins with a bracket",
                            span: key.span))
                }
                continue
            }
            if let first = seen[text] {
                let line = source.position(of: first).line
                errors.append(
                    YAMLError(
                        "the key '\(text)' is given twice",
                        hint: "it was first given on line \(line); remove one", span: key.span))
                continue
            }
            seen[text] = key.span.lowerBound
            entries.append(YAMLEntry(key: key, value: value))
        }
    }

    private mutating func noteProperties(of event: YAMLEvent, on node: inout YAMLNode) {
        if let anchor = event.anchor {
            node.anchor = anchor
            if !rules.allowsAnchors {
                errors.append(
                    YAMLError(
                        "the anchor '&\(anchor)' is not allowed",
                        hint: "write the value out where it is used, or quote it",
                        span: event.span))
            }
        }
        if let tag = event.tag {
            node.tag = tag
            if !rules.allowsTags {
                node.isRefused = true
                let isComparison = tag == "!="
                errors.append(
                    YAMLError(
                        "the tag '\(spelled(tag))' is not allowed",
                        hint: isComparison
                            ? "quote it, as in \"!= 0\""
                            : "remove it; quote the value if it begins with '!'",
                        span: event.span))
            }
        }
    }

    /// `!!str`, as the file has it.
    private func spelled(_ tag: String) -> String {
        let core = "tag:yaml.org,2002:"
        return tag.hasPrefix(core) ? "!!" + tag.dropFirst(core.count) : tag
    }

    /// A scalar's event begins with its anchor and tag: step over them.
    private func contentSpan(_ event: YAMLEvent) -> Range<Int> {
        guard event.anchor != nil || event.tag != nil else { return event.span }
        var start = event.span.lowerBound
        let end = event.span.upperBound
        let bytes = source.bytes
        func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
        while start < end, bytes[start] == UInt8(ascii: "&") || bytes[start] == UInt8(ascii: "!") {
            while start < end, !isBlank(bytes[start]) { start += 1 }
            while start < end, isBlank(bytes[start]) { start += 1 }
        }
        return start..<end
    }

    private func span(from start: YAMLEvent, to end: Int) -> Range<Int> {
        start.span.lowerBound..<max(start.span.lowerBound, end)
    }

    /// libyaml ends a block collection where the next thing begins; a flow one at its bracket.
    private func end(of event: YAMLEvent, after last: YAMLNode?) -> Int {
        if event.span.isEmpty {
            last?.span.upperBound ?? event.span.lowerBound
        } else {
            event.span.upperBound
        }
    }
}
