import PlanCore
import QdrantFormat

/// A filter between two bounds in Qdrant's own conditions: what `lower` matches the filter matches,
/// and what the filter matches `upper` matches. What lies between is looked at on our side.
///
/// Qdrant takes a list for its items: a field of `["x"]` matches `x`. The same question asked of
/// `field[]`, the items of a list, tells the two apart. It cannot tell an empty list from a field
/// that is missing, nor compare lists and objects, nor find a text within a text.
///
/// One difference stays: where a field's own name has dots and its value is an empty list, the
/// path of that spelling is looked at instead.
struct QdrantFilter: Hashable, Sendable {
    let lower: QdrantCondition
    let upper: QdrantCondition

    var isExact: Bool { lower == upper }
    /// What only we can judge.
    var doubtful: QdrantCondition { .and([upper, .no(lower)]) }

    static let everything = QdrantFilter(.everything)

    private init(_ exact: QdrantCondition) { self.init(lower: exact, upper: exact) }

    private init(lower: QdrantCondition, upper: QdrantCondition) {
        self.lower = lower
        self.upper = upper
    }

    init(_ filter: Filter?) {
        switch filter {
        case nil: self = .everything
        case .and(let parts):
            let parts = parts.map { QdrantFilter($0) }
            self.init(lower: .and(parts.map(\.lower)), upper: .and(parts.map(\.upper)))
        case .or(let parts):
            let parts = parts.map { QdrantFilter($0) }
            self.init(lower: .or(parts.map(\.lower)), upper: .or(parts.map(\.upper)))
        case .not(let part):
            let part = QdrantFilter(part)
            self.init(lower: .no(part.upper), upper: .no(part.lower))
        case .hasID(let ids):
            let possible = ids.filter(QdrantPoint.couldBe)
            self.init(possible.isEmpty ? .nothing : .hasID(possible))
        case .equal(let field, let value):
            self = .at(field) { .equal($0, value) }
        case .notEqual(let field, let value):
            self = .at(field) { path in
                let equal = QdrantFilter.equal(path, value)
                return QdrantFilter(
                    lower: .and([path.surelyThere, .no(equal.upper)]), upper: .no(equal.lower))
            }
        case .anyOf(let field, let values): self = .at(field) { .anyOf($0, values) }
        case .less(let field, let bound): self = .at(field) { .compare($0, "lt", bound) }
        case .lessOrEqual(let field, let bound): self = .at(field) { .compare($0, "lte", bound) }
        case .greater(let field, let bound): self = .at(field) { .compare($0, "gt", bound) }
        case .greaterOrEqual(let field, let bound):
            self = .at(field) { .compare($0, "gte", bound) }
        case .exists(let field):
            self = .at(field) { QdrantFilter(lower: $0.surelyThere, upper: .everything) }
        case .contains(let field, let value): self = .at(field) { .contains($0, value) }
        case .holds(let field, let values): self = .at(field) { .holds($0, values) }
        }
    }

    /// The leaf at a dotted path. A field whose own name has dots wins over the path.
    private static func at(
        _ field: String, _ leaf: (QdrantPath) -> QdrantFilter
    ) -> QdrantFilter {
        var result = QdrantFilter(.nothing)
        // From the longest path to the shortest: each is looked at where no shorter one is there.
        for path in QdrantPath.candidates(field).reversed() {
            guard let path else {
                result = QdrantFilter(lower: .nothing, upper: .everything)
                continue
            }
            let found = leaf(path)
            let absent = QdrantCondition.no(path.surelyThere)
            if path.isLongest {
                result = found
            } else if found.isExact, result.isExact {
                result = QdrantFilter(.or([found.lower, .and([absent, result.lower])]))
            } else {
                let there = path.surelyThere
                result = QdrantFilter(
                    lower: .or([.and([there, found.lower]), .and([absent, result.lower])]),
                    upper: .or([.and([there, found.upper]), .and([absent, result.upper])]))
            }
        }
        return result
    }

    private static func equal(_ path: QdrantPath, _ value: JSONValue) -> QdrantFilter {
        switch value {
        case .null: return scalar(path) { .isNull(path: $0) }
        case .string, .bool: return scalar(path) { match($0, value) }
        case .int(let number):
            if abs(Double(number)) < 0x1p53 { return numeric(path, Double(number)) }
            // A double may be the same number: both are compared as doubles there.
            let same = scalar(path) { match($0, value) }
            return QdrantFilter(
                lower: same.lower, upper: .or([same.upper, numeric(path, Double(number)).upper]))
        case .double(let number):
            if !number.isFinite { return QdrantFilter(.nothing) }
            let near = QdrantFilter.numeric(path, number)
            return abs(number) < 0x1p53
                ? near : QdrantFilter(lower: .nothing, upper: near.upper)
        case .number(let text):
            guard let number = Double(text), number.isFinite else { return QdrantFilter(.nothing) }
            return QdrantFilter(
                lower: .nothing, upper: QdrantFilter.numeric(path, number).upper)
        case .array(let items):
            return QdrantFilter(
                lower: .nothing,
                upper: items.isEmpty ? .no(.isNull(path: path.own)) : .no(.isEmpty(path: path.own)))
        case .object:
            return QdrantFilter(lower: .nothing, upper: .no(.isEmpty(path: path.own)))
        }
    }

    /// Longer lists go as one `match`: a condition for each would be slow.
    private static let rangesLimit = 256

    private static func anyOf(_ path: QdrantPath, _ values: [JSONValue]) -> QdrantFilter {
        var texts: [JSONValue] = []
        var whole: [(value: JSONValue, number: Double)] = []
        var others: [QdrantFilter] = []
        for value in values {
            switch value {
            case .string: texts.append(value)
            case .int(let number) where abs(Double(number)) < 0x1p53:
                whole.append((value, Double(number)))
            default: others.append(equal(path, value))
            }
        }
        if !texts.isEmpty {
            others.append(scalar(path) { .field(path: $0, test: "match", ["any": .array(texts)]) })
        }
        if whole.count <= rangesLimit {
            others += whole.map { numeric(path, $0.number) }
        } else if let least = whole.map(\.number).min(), let most = whole.map(\.number).max() {
            let integers = JSONValue.array(whole.map(\.value))
            let same = scalar(path) { .field(path: $0, test: "match", ["any": integers]) }
            let near = scalar(path) { range($0, ["gte": .double(least), "lte": .double(most)]) }
            others.append(QdrantFilter(lower: same.lower, upper: near.upper))
        }
        return QdrantFilter(lower: .or(others.map(\.lower)), upper: .or(others.map(\.upper)))
    }

    private static func compare(
        _ path: QdrantPath, _ sign: String, _ bound: Double
    ) -> QdrantFilter {
        if bound.isNaN { return QdrantFilter(.nothing) }
        if bound.isInfinite {
            // Every number that JSON has lies on the one side.
            let isAll = (bound > 0) == sign.hasPrefix("l")
            if !isAll { return QdrantFilter(.nothing) }
            let widest = Double.greatestFiniteMagnitude
            return scalar(path) { range($0, ["gte": .double(-widest), "lte": .double(widest)]) }
        }
        return scalar(path) { range($0, [sign: .double(bound)]) }
    }

    private static func contains(_ path: QdrantPath, _ value: JSONValue) -> QdrantFilter {
        let present = QdrantCondition.no(.isEmpty(path: path.own))
        func item(_ test: (String) -> QdrantCondition) -> QdrantFilter {
            QdrantFilter(.and([test(path.own), test(path.items)]))
        }
        switch value {
        case .null: return item { .isNull(path: $0) }
        case .bool: return item { match($0, value) }
        case .string:
            // A list that holds it, or the very text; a longer text is for us to see.
            let sure = match(path.own, value)
            let scalars = QdrantCondition.and([present, .isEmpty(path: path.items)])
            return QdrantFilter(lower: sure, upper: .or([sure, scalars]))
        case .int(let number) where abs(Double(number)) < 0x1p53:
            return item { point($0, Double(number)) }
        case .double(let number) where abs(number) < 0x1p53: return item { point($0, number) }
        case .int, .double, .number, .array, .object:
            return QdrantFilter(lower: .nothing, upper: present)
        }
    }

    /// The field's own test, which Qdrant asks of a list's items too.
    private static func holds(_ path: QdrantPath, _ values: [JSONValue]) -> QdrantFilter {
        var texts: [JSONValue] = []
        var others: [QdrantFilter] = []
        for value in values {
            switch value {
            case .string: texts.append(value)
            case .null: others.append(QdrantFilter(.isNull(path: path.own)))
            case .bool: others.append(QdrantFilter(match(path.own, value)))
            case .int(let number) where abs(Double(number)) < 0x1p53:
                others.append(QdrantFilter(point(path.own, Double(number))))
            case .double(let number) where abs(number) < 0x1p53:
                others.append(QdrantFilter(point(path.own, number)))
            case .int, .double, .number, .array, .object:
                others += [equal(path, value), contains(path, value)]
            }
        }
        if texts.count == 1 {
            others.append(QdrantFilter(match(path.own, texts[0])))
        } else if !texts.isEmpty {
            let any = QdrantCondition.field(
                path: path.own, test: "match", ["any": .array(texts)])
            others.append(QdrantFilter(any))
        }
        return QdrantFilter(lower: .or(others.map(\.lower)), upper: .or(others.map(\.upper)))
    }

    /// A test of the field itself, not of the items of a list there.
    private static func scalar(
        _ path: QdrantPath, _ test: (String) -> QdrantCondition
    ) -> QdrantFilter {
        QdrantFilter(.and([test(path.own), .no(test(path.items))]))
    }

    private static func numeric(_ path: QdrantPath, _ number: Double) -> QdrantFilter {
        scalar(path) { point($0, number) }
    }

    private static func point(_ path: String, _ number: Double) -> QdrantCondition {
        range(path, ["gte": .double(number), "lte": .double(number)])
    }

    private static func range(_ path: String, _ bounds: JSONValue) -> QdrantCondition {
        .field(path: path, test: "range", bounds)
    }

    private static func match(_ path: String, _ value: JSONValue) -> QdrantCondition {
        .field(path: path, test: "match", ["value": value])
    }
}
