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
            let begun = session.time.now
            let answer: ForwardedAnswer?
            do {
                answer = try await send(request, operation, to: side)
            } catch let error as StoreError where side != route.authority && error.kind != .refused
            {
                session.environment.observer.count(.searchRetried)
                return try await send(request, operation, to: route.authority)
            }
            guard let answer else { return nil }
            if side == route.authority, (200..<300).contains(answer.status) {
                let latency = session.time.now - begun
                for read in mirrored(answer) {
                    mirror.offer(
                        read, Mirrored(route: route, side: side, begun: begun, latency: latency))
                }
            }
            return answer
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

    private func send(
        _ request: ForwardedRequest, _ operation: StoreOperation, to side: Side
    ) async throws -> ForwardedAnswer? {
        let environment = session.environment
        guard let store = environment.forwarding(request.kind, side) else { return nil }
        return try await environment.observed(operation, on: side) { _ in
            try await store.forward(request)
        }
    }
}
