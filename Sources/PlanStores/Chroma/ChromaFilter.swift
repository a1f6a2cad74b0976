import ChromaFormat
import PlanCore

/// A filter as Chroma's `where`: what the server can say of it. Where it says less than the whole
/// (`isExact` false), it lets more records through, and the rest is tested on our side.
///
/// Comparisons are the server's own: an integer equals a float of its value, `$ne` and `$nin` hold
/// for records that lack the field. Beside an integer it cuts a fraction off: to it, 1 equals 1.5,
/// so such a condition needs a second one. It has no test for presence, none within texts, none
/// within what lies in a twin.
struct ChromaFilter {
    private(set) var condition: Condition
    private(set) var isExact: Bool
    /// The only ids that can match, where the filter names them.
    private(set) var ids: [RecordID]?

    enum Condition: Hashable, Sendable {
        case everything, nothing
        case only(JSONValue)

        var text: JSONValue? {
            if case .only(let text) = self { text } else { nil }
        }
    }

    /// The local server's SQLite takes expressions of depth 1,000 and 32,766 values.
    private static let leavesMax = 200
    private static let valuesMax = 10_000

    init(_ filter: Filter?, documentField: String) {
        guard let filter else {
            condition = .everything
            isExact = true
            return
        }
        var parts: [Filter] = [filter]
        if case .and(let several) = filter { parts = several }
        var rest: [Filter] = []
        for part in parts {
            if case .hasID(let wanted) = part {
                let known = Set(wanted)
                ids = ids.map { $0.filter(known.contains) } ?? known.sorted()
            } else {
                rest.append(part)
            }
        }
        var renderer = Renderer(documentField: documentField)
        let rendered = renderer.render(.and(rest))
        let fits =
            renderer.leaves <= ChromaFilter.leavesMax
            && renderer.values <= ChromaFilter.valuesMax
        condition = fits ? rendered.condition : .everything
        // Where ids are named they are fetched, and the rest is tested here.
        isExact = fits && rendered.isExact && (ids == nil || condition == .everything)
    }

    private struct Rendered {
        var condition: Condition
        var isExact: Bool

        static let unknown = Rendered(condition: .everything, isExact: false)
        static let everything = Rendered(condition: .everything, isExact: true)
        static let nothing = Rendered(condition: .nothing, isExact: true)

        static func only(_ field: String, _ sign: String, _ value: JSONValue) -> Rendered {
            Rendered(condition: .only(.object([field: .object([sign: value])])), isExact: true)
        }
    }

    private struct Renderer {
        /// Its texts are elsewhere.
        let documentField: String
        var leaves = 0
        var values = 0

        mutating func render(_ filter: Filter) -> Rendered {
            leaves += 1
            switch filter {
            case .and(let parts): return all(parts.map { render($0) })
            case .or(let parts): return any(parts.map { render($0) })
            case .not(let part): return inverse(part)
            case .equal(let field, let value): return equal(field, [value], isIn: true)
            case .anyOf(let field, let options): return equal(field, options, isIn: true)
            case .notEqual(let field, let value):
                var differs = equal(field, [value], isIn: false)
                differs.isExact = false
                return differs
            case .less(let field, let bound): return compare(field, "$lt", bound)
            case .lessOrEqual(let field, let bound): return compare(field, "$lte", bound)
            case .greater(let field, let bound): return compare(field, "$gt", bound)
            case .greaterOrEqual(let field, let bound): return compare(field, "$gte", bound)
            case .exists, .contains, .holds, .hasID: return .unknown
            }
        }

        /// What does *not* satisfy a filter; more than that where the server cannot say it.
        private mutating func inverse(_ filter: Filter) -> Rendered {
            switch filter {
            case .and(let parts): return any(parts.map { inverse($0) })
            case .or(let parts): return all(parts.map { inverse($0) })
            case .not(let part): return render(part)
            case .equal(let field, let value): return equal(field, [value], isIn: false)
            case .anyOf(let field, let options): return equal(field, options, isIn: false)
            default: return .unknown
            }
        }

        private func all(_ parts: [Rendered]) -> Rendered {
            if parts.contains(where: { $0.condition == .nothing }) { return .nothing }
            let said = parts.compactMap(\.condition.text)
            return Rendered(
                condition: said.isEmpty ? .everything : joined("$and", said),
                isExact: parts.allSatisfy(\.isExact))
        }

        private func any(_ parts: [Rendered]) -> Rendered {
            let open = parts.filter { $0.condition != .nothing }
            if open.isEmpty { return .nothing }
            if let whole = open.first(where: { $0.condition == .everything }) {
                let isExact = open.contains { $0.condition == .everything && $0.isExact }
                return isExact ? .everything : Rendered(condition: whole.condition, isExact: false)
            }
            return Rendered(
                condition: joined("$or", open.compactMap(\.condition.text)),
                isExact: open.allSatisfy(\.isExact))
        }

        private func joined(_ sign: String, _ parts: [JSONValue]) -> Condition {
            .only(parts.count == 1 ? parts[0] : .object([sign: .array(parts)]))
        }

        /// A dotted path may lead into a twin.
        private func isPlain(_ field: String) -> Bool {
            !field.utf8.contains(UInt8(ascii: ".")) && ChromaMetadata.isNative(field)
                && field != documentField
        }

        private mutating func equal(
            _ field: String, _ options: [JSONValue], isIn: Bool
        ) -> Rendered {
            guard isPlain(field) else { return .unknown }
            var groups: [[JSONValue]] = [[], [], []]
            var fractions: [Double] = []
            for option in options {
                switch option {
                case .bool: groups[0].append(option)
                case .int: groups[1].append(option)
                case .double(let number):
                    // Beyond that an integer that only a twin holds may equal it.
                    guard abs(number) < 0x1p63 else { return .unknown }
                    if let whole = Int64(exactly: number) {
                        groups[1].append(.int(whole))
                    } else {
                        fractions.append(number)
                    }
                case .string: groups[2].append(option)
                case .null, .number, .array, .object: return .unknown
                }
            }
            values += options.count
            var parts = groups.filter { !$0.isEmpty }.map { group -> Rendered in
                let isOne = group.count == 1
                let sign = isIn ? (isOne ? "$eq" : "$in") : (isOne ? "$ne" : "$nin")
                return .only(field, sign, isOne ? group[0] : .array(group))
            }
            parts += fractions.map { fraction in
                let whole = JSONValue.int(Int64(fraction))
                return isIn
                    ? all([
                        .only(field, "$eq", .double(fraction)), .only(field, "$ne", whole),
                    ])
                    : any([
                        .only(field, "$ne", .double(fraction)), .only(field, "$eq", whole),
                    ])
            }
            leaves += parts.count + fractions.count
            return isIn ? any(parts) : all(parts)
        }

        private mutating func compare(
            _ field: String, _ sign: String, _ bound: Double
        ) -> Rendered {
            // Beyond 2⁵³ the server's integers are finer than `Filter`'s doubles.
            guard isPlain(field), abs(bound) < 0x1p53 else { return .unknown }
            let whole = Int64(bound)
            let exact = Rendered.only(
                field, sign, Double(whole) == bound ? .int(whole) : .double(bound))
            if Double(whole) == bound { return exact }
            leaves += 1
            switch (sign, bound > 0) {
            case ("$lt", true): return any([exact, .only(field, "$lte", .int(whole))])
            case ("$gt", false): return any([exact, .only(field, "$gte", .int(whole))])
            case ("$lte", false): return all([exact, .only(field, "$lt", .int(whole))])
            case ("$gte", true): return all([exact, .only(field, "$gt", .int(whole))])
            default: return exact
            }
        }
    }
}
