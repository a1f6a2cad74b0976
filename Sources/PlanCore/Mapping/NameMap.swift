/// What the target calls the fields, or the vectors, of the source. No two share a name, whatever
/// there is: a renamed one that takes another's name leaves that one its own, and one that is
/// called as the original id is kept goes on under a name with `_` behind it.
package struct NameMap: Hashable, Sendable {
    private let there: [String: String]
    private let back: [String: String]
    /// Under which the target keeps the original id.
    private let reserved: String?

    /// `renames` has every new name once.
    package init(_ renames: [String: String], reserved: String? = nil) {
        var before: [String: String] = [:]
        for (old, new) in renames { before[new] = old }
        var there = renames
        for end in renames.values where renames[end] == nil {
            var first = end
            while let earlier = before[first] { first = earlier }
            there[end] = first
            before[first] = end
        }
        self.there = there
        back = before
        self.reserved = reserved
    }

    package func forward(_ name: String) -> String {
        let mapped = there[name] ?? name
        return isReserved(mapped) ? mapped + "_" : mapped
    }

    /// Not of the reserved name itself, which is nobody's.
    package func reverse(_ name: String) -> String {
        let own = isReserved(name) ? String(name.dropLast()) : name
        return back[own] ?? own
    }

    /// Of `a.b` the part before the first point is a field, unless all of it is one that is renamed.
    package func forward(path: String) -> String {
        if there[path] != nil { return forward(path) }
        guard let dot = path.firstIndex(of: ".") else { return forward(path) }
        return forward(String(path[..<dot])) + path[dot...]
    }

    private func isReserved(_ name: String) -> Bool {
        guard let reserved, name.hasPrefix(reserved) else { return false }
        return name.dropFirst(reserved.count).allSatisfy { $0 == "_" }
    }
}
