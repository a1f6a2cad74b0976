import PlanCore

extension LedgerTransaction {
    /// One step of ending a hold without moving authority: from `holding` straight to open; from
    /// `switched` first the reads go back; from `reverting` to open.
    ///
    /// From `switched`, two acknowledged flips. Where the first one's acknowledgements do not come
    /// within the budget the second is made all the same: reads by id stay right through the
    /// ledger's own route.
    package func abortHold(from epoch: Int64, flaws: ProtocolFlaws = []) throws -> Route? {
        try flip(from: epoch) { route in
            guard var hold = route.hold else { return }
            switch hold.stage {
            case .switched where flaws.contains(.abortInOneFlip), .holding, .reverting:
                route.weight = hold.weightBefore
                route.hold = nil
            case .switched:
                route.weight = hold.weightBefore
                hold.stage = .reverting
                route.hold = hold
            }
        }
    }
}
