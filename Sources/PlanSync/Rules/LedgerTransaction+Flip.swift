import PlanCore

/// How far the gateways are with an epoch.
package struct Barrier: Hashable, Sendable {
    package var epoch: Int64
    package var expected: Int
    /// Names of registered gateways that have not acknowledged it.
    package var waitingFor: [String]
    /// Owners of the rows that are there.
    package var registered: [Int64]

    /// Zero acknowledgements are never enough: as many gateways as expected must be there.
    package var isPassed: Bool { waitingFor.isEmpty && registered.count >= expected }
}

/// What still stands between the stores and being equal.
package struct Unsettled: Hashable, Sendable {
    package var intents: Int
    package var dirty: Int
    package var copyWindows: Int
    package var otherWindows: Int

    package var isNothing: Bool {
        intents == 0 && dirty == 0 && copyWindows == 0 && otherWindows == 0
    }
}

extension LedgerTransaction {
    /// nil where the ledger's epoch is not `epoch` any more.
    package func flip(from epoch: Int64, _ change: (inout Route) -> Void) throws -> Route? {
        var route = try route()
        guard route.epoch == epoch else { return nil }
        change(&route)
        route.epoch = epoch + 1
        try setRoute(route)
        return route
    }

    package func barrier(_ epoch: Int64, expected: Int) throws -> Barrier {
        let gateways = try gateways()
        return Barrier(
            epoch: epoch, expected: expected,
            waitingFor: gateways.filter { $0.acknowledged < epoch }.map(\.name).sorted(),
            registered: gateways.map(\.owner))
    }

    package func unsettled(flaws: ProtocolFlaws = []) throws -> Unsettled {
        let windows = flaws.contains(.flipUnderWindow) ? [] : try windows()
        let copies = windows.count { $0.purpose == .copy }
        return Unsettled(
            intents: try intentCount(), dirty: try dirtyCount(), copyWindows: copies,
            otherWindows: windows.count - copies)
    }
}
