/// Numbers as people read them.
package enum Shown {
    /// `12,400`.
    package static func count(_ value: Int64) -> String {
        var digits = String(value.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(digits, at: 0)
        return (value < 0 ? "-" : "") + groups.joined(separator: ",")
    }

    /// `250 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`.
    package static func seconds(_ value: Double) -> String {
        if value < 1 { return "\(Int((value * 1_000).rounded())) ms" }
        if value < 60 { return "\((value * 10).rounded() / 10) s" }
        let whole = Int(value.rounded())
        if whole < 3_600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3_600) h \(whole % 3_600 / 60) min"
    }

    /// A guard's value: percent where its text speaks of percent.
    package static func number(_ value: Double, of text: String) -> String {
        if text.contains("%") { return "\((value * 100_000).rounded() / 1_000)%" }
        if value == value.rounded(), abs(value) < 1e15 { return count(Int64(value)) }
        return "\((value * 1_000).rounded() / 1_000)"
    }

    /// Text from a store or a request, on one line and with no power over a terminal: control
    /// characters as `\u{0}`.
    package static func plain(_ text: String, keepsLines: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if !isControl(scalar) || keepsLines && "\n\t".unicodeScalars.contains(scalar) {
                shown.unicodeScalars.append(scalar)
            } else {
                shown += scalar.escaped(asASCII: true)
            }
        }
        return shown
    }

    /// C0, DEL and C1.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    }
}
