import JSON
import PlanCore

/// A filter as a Milvus expression: equality and order of single values in top-level fields, and
/// what is made of them. Where the server cannot say it, `text` lets more through and the rest is
/// tested on our side.
struct MilvusFilter {
    /// nil: everything.
    private(set) var text: String?
    private(set) var isExact = true

    private static let lengthMax = 100_000

    init(_ filter: Filter?, _ shape: MilvusShape) {
        guard let filter else { return }
        var parts = [filter]
        if case .and(let several) = filter { parts = several }
        var said: [String] = []
        for part in parts {
            if let rendered = MilvusFilter.render(part, shape) {
                said.append(rendered)
            } else {
                isExact = false
            }
        }
        guard !said.isEmpty else { return }
        let joined = MilvusFilter.tree(said[...], "and")
        if joined.utf8.count <= MilvusFilter.lengthMax { text = joined } else { isExact = false }
    }

    /// nil where the server cannot say exactly this.
    private static func render(_ filter: Filter, _ shape: MilvusShape) -> String? {
        switch filter {
        case .and(let parts): return join(parts, "and", shape)
        case .or(let parts): return join(parts, "or", shape)
        case .not(let part): return render(part, shape).map { "(not \($0))" }
        case .hasID(let ids):
            let held = Set(ids).filter(shape.holds).sorted()
            return held.isEmpty ? nil : "(\(shape.among(held)))"
        case .equal(let field, let value): return equal(field, value, shape)
        case .anyOf(let field, let values):
            return join(values.map { .equal(field: field, $0) }, "or", shape)
        case .less(let field, let bound): return compare(field, "<", bound, shape)
        case .lessOrEqual(let field, let bound): return compare(field, "<=", bound, shape)
        case .greater(let field, let bound): return compare(field, ">", bound, shape)
        case .greaterOrEqual(let field, let bound): return compare(field, ">=", bound, shape)
        case .notEqual, .exists, .contains, .holds: return nil
        }
    }

    private static func join(_ parts: [Filter], _ word: String, _ shape: MilvusShape) -> String? {
        var rendered: [String] = []
        for part in parts {
            guard let text = render(part, shape) else { return nil }
            rendered.append(text)
        }
        return rendered.isEmpty ? nil : tree(rendered[...], word)
    }

    /// A row of hundreds would nest as deep in the server's plan; halves of halves do not.
    private static func tree(_ parts: ArraySlice<String>, _ word: String) -> String {
        guard parts.count > 8 else { return "(\(parts.joined(separator: " \(word) ")))" }
        let middle = parts.startIndex + parts.count / 2
        return "(\(tree(parts[..<middle], word)) \(word) \(tree(parts[middle...], word)))"
    }

    /// Words of the expression language, and names that need quoting, are left alone.
    private static func isPlain(_ field: String, _ shape: MilvusShape) -> Bool {
        guard let first = field.utf8.first, first == 95 || (first | 32).isLetter,
            field.utf8.allSatisfy({ $0 == 95 || ($0 | 32).isLetter || (48...57).contains($0) })
        else { return false }
        let words = ["and", "or", "not", "in", "like", "exists", "true", "false", "null"]
        return !words.contains(field.lowercased()) && !MilvusPayload(shape).taken.contains(field)
    }

    private static func equal(
        _ field: String, _ value: JSONValue, _ shape: MilvusShape
    ) -> String? {
        guard isPlain(field, shape) else { return nil }
        switch value {
        case .bool(let flag): return "(\(field) == \(flag))"
        case .int(let number):
            return number.magnitude < 1 << 53 ? "(\(field) == \(number))" : nil
        case .double(let number):
            return abs(number) < 0x1p53 ? "(\(field) == \(MilvusFilter.text(number)))" : nil
        case .string(let text):
            let isSimple = text.utf8.allSatisfy { (32..<127).contains($0) && $0 != 34 && $0 != 92 }
            return isSimple ? "(\(field) == \"\(text)\")" : nil
        case .null, .number, .array, .object: return nil
        }
    }

    private static func compare(
        _ field: String, _ sign: String, _ bound: Double, _ shape: MilvusShape
    ) -> String? {
        guard isPlain(field, shape), abs(bound) < 0x1p53 else { return nil }
        return "(\(field) \(sign) \(text(bound)))"
    }

    private static func text(_ number: Double) -> String {
        Int64(exactly: number).map { String($0) } ?? number.description
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (97...122).contains(self) }
}
