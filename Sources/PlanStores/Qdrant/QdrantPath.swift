/// A payload field in Qdrant's path syntax.
struct QdrantPath: Hashable, Sendable {
    /// `a."b c"`
    let own: String
    /// Whether no dot is left within a part.
    let isLongest: Bool

    /// The items of the list that is there.
    var items: String { own + "[]" }

    /// True for whatever is there but an empty list, which looks as if it were missing.
    var surelyThere: QdrantCondition {
        .or([.no(.isEmpty(path: own)), .isNull(path: own)])
    }

    /// What a dotted field may mean, the whole as one name first. nil where no path says it.
    static func candidates(_ field: String) -> [QdrantPath?] {
        var found: [QdrantPath?] = []
        var parts: [String] = []
        var rest = field[...]
        while true {
            let names = (parts + [String(rest)]).map(quoted)
            let dot = rest.firstIndex(of: ".")
            found.append(
                names.contains(nil)
                    ? nil
                    : QdrantPath(
                        own: names.compactMap { $0 }.joined(separator: "."), isLongest: dot == nil))
            guard let dot else { return found }
            parts.append(String(rest[..<dot]))
            rest = rest[rest.index(after: dot)...]
        }
    }

    /// One name as a part of a path; nil where the syntax has no way to say it.
    static func quoted(_ name: String) -> String? {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        if isPlain, !name.isEmpty { return name }
        return name.utf8.contains(UInt8(ascii: "\"")) ? nil : "\"\(name)\""
    }

    /// A path without its quotes, as filters name a field.
    static func plain(_ path: String) -> String { path.filter { $0 != "\"" } }
}
