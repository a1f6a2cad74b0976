/// One of the two stores of a migration. Their roles move; their names do not.
package enum Side: String, Hashable, Sendable, CaseIterable {
    case source, target

    package var other: Side { self == .source ? .target : .source }
}
