package struct DecommissionOptions: Hashable, Sendable {
    package enum Fate: String, Hashable, Sendable, CaseIterable {
        case keep, rename, drop

        /// `rename` and `drop` wait for an approval of their own.
        package var needsApproval: Bool { self != .keep }
    }

    package var source = Fate.keep
    /// A folder for the source's records; nil: no export.
    package var export: String?

    package init() {}
}
