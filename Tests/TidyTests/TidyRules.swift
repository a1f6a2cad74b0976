import Foundation

/// What the house style asks of a file. Each rule returns what it found, one line a finding.
enum TidyRules {
    /// The formatter's lint holds code to 100 columns; what it cannot break, texts, may be a little
    /// longer.
    static func size(_ file: SourceTree.File) -> [String] {
        var found: [String] = []
        if file.lines.count > 500 { found.append("\(file.path): \(file.lines.count) lines") }
        for (number, line) in file.lines.enumerated() where line.count > 112 {
            found.append("\(file.path):\(number + 1): \(line.count) columns")
        }
        return found
    }

    /// Functions by indentation: from a `func` or `init` line to the closing brace of its depth.
    static func functions(_ file: SourceTree.File) -> [String] {
        var found: [String] = []
        for (start, line) in file.lines.enumerated() {
            let indent = line.prefix { $0 == " " }
            let words = line.split(separator: " ")
            guard words.contains("func") || words.contains(where: { $0.hasPrefix("init(") }),
                !line.contains("//")
            else { continue }
            let close = indent + "}"
            guard let length = file.lines[start...].firstIndex(where: { $0 == close }) else {
                continue
            }
            if length - start + 1 > 70 {
                found.append("\(file.path):\(start + 1): \(length - start + 1) lines in a function")
            }
        }
        return found
    }

    static func forbidden(_ file: SourceTree.File) -> [String] {
        let words = ["try" + "!", "as" + "!", "fatal" + "Error(", "TO" + "DO", "FIX" + "ME"]
        return file.lines.enumerated().compactMap { number, line in
            words.first(where: line.contains).map { "\(file.path):\(number + 1): \($0)" }
        }
    }

    /// Foundation's own way to start programs reads beyond a buffer (decision 23).
    static func starts(_ file: SourceTree.File) -> [String] {
        let names = ["(", ".init(", ".run("].map { "Process" + $0 }
        return file.lines.enumerated().compactMap { number, line in
            let isFound = names.contains { name in
                line.ranges(of: name).contains { place in
                    place.lowerBound == line.startIndex
                        || !line[line.index(before: place.lowerBound)].isLetter
                }
            }
            return isFound ? "\(file.path):\(number + 1): Process" : nil
        }
    }

    /// Modules a file imports.
    static func imports(_ file: SourceTree.File) -> [(line: Int, module: String)] {
        file.lines.enumerated().compactMap { number, line in
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), place <= 2, words.count > place + 1,
                words[..<place].allSatisfy({ $0.hasPrefix("@") })
            else { return nil }
            return (number + 1, String(words[place + 1]))
        }
    }

    /// Real clocks, real randomness and tasks that nobody waits for, where the simulation needs
    /// none of them.
    static func determinism(_ file: SourceTree.File) -> [String] {
        let words = [
            "Task {", "Task.detached", "SystemRandomNumberGenerator", ".random(in", "Date()",
            "ContinuousClock", "SuspendingClock", "DispatchQueue", "Task.sleep(for:",
        ]
        return file.lines.enumerated().compactMap { number, line in
            guard !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") else { return nil }
            let code = line.replacing("addTask {", with: "")
            return words.first(where: code.contains).map { "\(file.path):\(number + 1): \($0)" }
        }
    }
}
