/// A file's bytes, and where a byte is for a person.
package struct YAMLSource: Hashable, Sendable {
    package struct Position: Hashable, Sendable {
        /// From 1.
        package var line: Int
        /// From 1, in characters.
        package var column: Int
    }

    package let bytes: [UInt8]
    /// Bytes of a byte order mark, which belong to no line.
    package let prefix: Int
    private let lineStarts: [Int]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        prefix = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var starts = [prefix]
        var index = prefix
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\n") {
                starts.append(index + 1)
            } else if bytes[index] == UInt8(ascii: "\r") {
                if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\n") { index += 1 }
                starts.append(index + 1)
            }
            index += 1
        }
        lineStarts = starts
    }

    package func position(of offset: Int) -> Position {
        let index = lineIndex(of: offset)
        let start = lineStarts[index]
        return Position(
            line: index + 1, column: text(start..<max(start, min(offset, bytes.count))).count + 1)
    }

    /// From 1.
    package func line(of offset: Int) -> Int { lineIndex(of: offset) + 1 }

    /// A line, counted from 1, without its end.
    package func lineText(_ line: Int) -> String {
        guard lineStarts.indices.contains(line - 1) else { return "" }
        return text(lineStarts[line - 1]..<lineEnd(line - 1))
    }

    /// Characters of the span that are on its first line; at least 1.
    package func length(of span: Range<Int>) -> Int {
        let end = min(span.upperBound, lineEnd(lineIndex(of: span.lowerBound)))
        return max(1, text(span.lowerBound..<max(span.lowerBound, end)).count)
    }

    /// Malformed bytes come out as U+FFFD.
    package func text(_ span: Range<Int>) -> String {
        String(decoding: bytes[span.clamped(to: 0..<bytes.count)], as: UTF8.self)
    }

    private func lineEnd(_ line: Int) -> Int {
        var end = line + 1 < lineStarts.count ? lineStarts[line + 1] : bytes.count
        while end > lineStarts[line],
            bytes[end - 1] == UInt8(ascii: "\n") || bytes[end - 1] == UInt8(ascii: "\r")
        {
            end -= 1
        }
        return end
    }

    /// Index of the last line that starts at or before the offset.
    private func lineIndex(of offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}
