/// Lines as the rows of a terminal: what is longer than a row goes on in the next.
package enum ScreenRows {
    /// Colours (`ESC [ … m`) take no room; wide characters take two columns.
    package static func wrap(_ lines: [String], width: Int) -> [String] {
        lines.flatMap { wrap($0, width: max(width, 20)) }
    }

    /// The last of them where not all fit, below the first.
    package static func fit(_ rows: [String], height: Int) -> [String] {
        guard let first = rows.first, rows.count > height, height > 2 else { return rows }
        return [first] + rows.suffix(height - 1)
    }

    private static func wrap(_ line: String, width: Int) -> [String] {
        var rows: [String] = []
        var row = ""
        var used = 0
        var rest = Substring(line)
        while let character = rest.first {
            if character == "\u{1b}", let end = rest.firstIndex(of: "m") {
                row += rest[...end]
                rest = rest[rest.index(after: end)...]
                continue
            }
            let columns = columns(of: character)
            if used + columns > width {
                rows.append(row)
                row = ""
                used = 0
            }
            row.append(character)
            used += columns
            rest = rest.dropFirst()
        }
        return rows + [row]
    }

    private static func columns(of character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.value {
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff,
            0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff,
            0x20000...0x3fffd:
            return 2
        default: return 1
        }
    }
}
