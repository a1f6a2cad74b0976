import JSON
import PlanCore
import PlanStores

/// The text of a first plan: everything that was found is written down, and what only a person can
/// know stands in a comment.
struct InitText {
    let source: InitSide
    let target: InitSide
    /// Whether the target was made up for want of one.
    var isTargetMissing = false
    /// nil before the source was asked.
    var facts: InitFacts?

    var planName: String { "\(source.kind.rawValue)-to-\(target.kind.rawValue)" }

    private var summary: String {
        "Move '\(source.collection)' from \(source.kind.rawValue) to \(target.kind.rawValue)."
    }

    func text() -> String {
        (head() + ["source:"] + endpoint(source, isTarget: false) + targetComments() + ["target:"]
            + endpoint(target, isTarget: true) + mapping() + gateway() + ["", "steps:"]
            + InitSteps(text: self).lines).joined(separator: "\n") + "\n"
    }

    private func head() -> [String] {
        var lines = [
            "# A first plan, made by 'plan init' from what the stores said. Read it line by line; "
                + "then",
            "#   plan validate --connect FILE   asks both stores whether they can do all of it,",
            "#   plan preview FILE              says what would happen, step by step,",
            "#   plan gateway FILE              stands between the application and the stores, and",
            "#   plan apply FILE                runs it.",
        ]
        for problem in facts?.problems ?? [] {
            lines.append("#")
            let word = problem.severity == .error ? "To mend" : "Look"
            lines.append("# \(word): \(onOneLine(problem.message))")
            if let hint = problem.hint { lines.append("#   \(onOneLine(hint))") }
        }
        lines += [
            "plan: 1", "name: \(planName)",
            "description: \(quoted(summary))",
            "",
        ]
        if let facts {
            lines.append("# \(facts.count) records; ids: \(facts.ids)")
            for vector in facts.description.vectors {
                let name = vector.name.isEmpty ? "a vector" : "the vector '\(vector.name)'"
                let size = vector.isSparse ? "sparse" : "\(vector.dimension) entries"
                lines.append("# \(name): \(size), compared by \(vector.distance.rawValue)")
            }
        }
        return lines
    }

    private func endpoint(_ side: InitSide, isTarget: Bool) -> [String] {
        var lines = ["  store: \(side.kind.rawValue)"]
        let address = quoted(side.address.text)
        switch side.kind {
        case .sqlite: lines += ["  path: \(address)", "  table: \(quoted(side.collection))"]
        case .pgvector: lines += ["  url: \(address)", "  table: \(quoted(side.collection))"]
        case .files: lines += ["  path: \(address)", "  collection: \(quoted(side.collection))"]
        case .qdrant, .chroma, .milvus:
            lines.append("  url: \(address)")
            if let key = side.key {
                lines.append("  api_key: \(quoted(key.text))")
            } else {
                lines.append("  # api_key: env:\(isTarget ? "TARGET" : "SOURCE")_API_KEY")
            }
            lines.append("  collection: \(quoted(side.collection))")
        }
        if let library = side.library { lines.append("  extension: \(quoted(library))") }
        if let table = side.table { lines += InitLayout(side.kind, table).lines(facts) }
        if !isTarget, side.kind == .qdrant, let word = facts?.oneIDKind {
            lines.append("  ids: \(word)".padded("every id is one; 'any' is the default"))
        }
        if side.kind == .milvus {
            lines.append(
                "  staleness_bound: 5s".padded("how far behind reads may be: common.gracefulTime"))
        }
        if isTarget { lines.append("  existing: refuse".padded("adopt: it holds records already")) }
        return lines
    }

    private func targetComments() -> [String] {
        var lines = [""]
        if isTargetMissing {
            lines += [
                "# Where it shall go: 'plan init --target URL' writes this for you, too.",
                "# store: \(StoreKind.builtWords)",
            ]
        }
        if target.kind == .milvus, let vector = facts?.description.vectors.first {
            let isText = facts?.description.idKind != .int
            lines += [
                "# Milvus before 2.4 makes no such collection over REST: make it with its own",
                "# client (\(isText ? "a VarChar" : "an Int64") key without autoId, a vector of "
                    + "\(vector.dimension), dynamic fields on), index and load it.",
            ]
        }
        return lines
    }

    private func mapping() -> [String] {
        var lines: [String] = []
        if facts?.needsUUIDs == true {
            lines.append(
                "  id: uuid5".padded("the target has no such ids; the original is kept beside"))
        }
        if let name = facts?.vectorName {
            lines.append(
                "  vectors: {\(InitText.quoted(name)): \"\"}".padded("its vector has no name there")
            )
        }
        if !lines.isEmpty { lines = ["", "mapping:"] + lines }
        guard let losses = facts?.losses, !losses.isEmpty else { return lines }
        if lines.isEmpty { lines = ["", "# mapping:"] }
        // What may be lost is for a person to say.
        let words = Set(losses.map(\.loss.rawValue)).sorted().joined(separator: ", ")
        return lines + losses.map { "#   \(onOneLine($0.note))" } + ["#   allow_loss: [\(words)]"]
    }

    private func gateway() -> [String] {
        let taken = [source, target].contains { $0.address.text.contains(":6333") }
        let address = "  listen: 127.0.0.1:\(taken ? 7_333 : 6_333)"
        return [
            "", "# The application speaks to it for as long as the migration lasts.", "gateway:",
            address.padded("the one thing that it changes"), dialect,
            "  admin: 127.0.0.1:9464",
        ]
    }

    /// What the clients of such a source speak already.
    private var dialect: String {
        switch source.kind {
        case .qdrant: "  speak: qdrant".padded("as the clients of a Qdrant server do")
        case .chroma: "  speak: chroma".padded("as the clients of a Chroma server do")
        case .sqlite, .pgvector, .milvus, .files:
            "  speak: native".padded("HTTP and JSON; or qdrant, chroma")
        }
    }

    /// Names come from the stores: no line of them may end a comment.
    private func onOneLine(_ text: String) -> String {
        String(text.map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 32 } ? " " : $0 })
    }

    /// As YAML takes it for sure: plain where nothing in it could mean anything else.
    func quoted(_ text: String) -> String { InitText.quoted(text) }

    static func quoted(_ text: String) -> String {
        let isPlain =
            text.first.map { $0.isASCII && ($0.isLetter || $0 == "_") } == true
            && text.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "_./:@-".contains($0))
            } && text.last != ":" && !words.contains(text.lowercased())
        return isPlain ? text : JSON.text(.string(text))
    }

    private static let words: Set<String> = [
        "true", "false", "null", "yes", "no", "on", "off", "n", "y",
    ]
}

extension String {
    /// With a comment behind, in one column where there is room.
    fileprivate func padded(_ comment: String) -> String {
        self + String(repeating: " ", count: max(2, 40 - count)) + "# " + comment
    }
}
