import PlanCore

/// Which requests of one API the two sides take as they are, at a moment.
package struct Forwarding: Hashable, Sendable {
    package var authority: Bool
    package var follower: Bool
    /// Whether some reads go to the follower.
    package var isSplit: Bool
    package var isMirrored: Bool
    /// Whether both do, so that a write may be in it.
    package var takesWrites: Bool
    package var leader: Side

    package init(
        authority: Bool, follower: Bool, isSplit: Bool, isMirrored: Bool, takesWrites: Bool,
        leader: Side
    ) {
        self.authority = authority
        self.follower = follower
        self.isSplit = isSplit
        self.isMirrored = isMirrored
        self.takesWrites = takesWrites
        self.leader = leader
    }
}

/// Where a read belongs.
package enum ReadPlace: Hashable, Sendable {
    case authority
    /// By weight; the read's own place in 0..<100.
    case share(Int)
    /// Where each of these may be read, if that is one side.
    case keys([RecordID])
}

extension RecordReader {
    /// Sends a read as the application's client made it, where the side that it belongs to speaks
    /// its API; nil where it does not.
    ///
    /// - Parameter mirrored: what the answer says, for the mirror; asked only where it was the
    ///   authority's, and no error.
    func forward(
        _ request: ForwardedRequest, _ operation: StoreOperation, to place: ReadPlace,
        mirrored: @Sendable (ForwardedAnswer) -> [MirroredRead]
    ) async throws -> ForwardedAnswer? {
        try await entered { route in
            guard let side = try await side(of: place, route) else { return nil }
            let environment = session.environment
            guard environment.forwarding(request.kind, side) != nil else { return nil }
            let send = { @Sendable (side: Side, _: any VectorStore) in
                try await environment.forwarding(request.kind, side)?.forward(request)
            }
            var answer = try await spared(operation, on: side, route, send)
            if answer.side != route.authority, let status = answer.value?.status, status >= 400 {
                let latency = session.time.now - answer.begun
                answer = try await instead(operation, route, send)
                // Of a fault in the request the authority says the same.
                if let status = answer.value?.status, status < 400 {
                    note(operation, failedBy: side, after: latency)
                }
            }
            guard let value = answer.value else { return nil }
            if answer.side == route.authority, (200..<300).contains(value.status) {
                let latency = session.time.now - answer.begun
                for read in mirrored(value) {
                    mirror.offer(
                        read,
                        Mirrored(
                            route: route, side: answer.side, begun: answer.begun, latency: latency))
                }
            }
            return value
        }
    }

    private func side(of place: ReadPlace, _ route: Route) async throws -> Side? {
        switch place {
        case .authority: return route.authority
        case .share(let share): return route.reader(share: share)
        case .keys(let keys):
            let sides = Set(try await readers(of: keys, route).values)
            return sides.count > 1 ? nil : sides.first ?? route.authority
        }
    }
}
