import CMicrohttpd
import Synchronization

/// Keeps the deadlines: libmicrohttpd's own timeout begins anew with every byte, so that a header
/// sent a byte at a time never ends.
struct ServerWatch {
    let core: ServerCore

    /// One round over all connections.
    func look(now: ContinuousClock.Instant = .now) {
        let limits = core.limits
        for connection in core.openConnections {
            let (phase, waited, bytes, request) = connection.state.withLock { state in
                (state.phase, state.since.duration(to: now), state.bytes, state.request)
            }
            if connection.hasEnded(now: now) {
                connection.hangUp()
                continue
            }
            guard waited > limit(phase, bytes, limits) else { continue }
            if phase == .handling {
                let refusal = HTTPRefusal(.timeout, "the request took too long")
                connection.answer(core.configuration.errorBody(refusal), to: request)
            } else {
                connection.hangUp()
            }
        }
    }

    private func limit(
        _ phase: ServerConnection.Phase, _ bytes: Int, _ limits: HTTPServerLimits
    ) -> Duration {
        switch phase {
        case .waiting: return limits.idle
        case .heading: return limits.headerDeadline
        case .receiving, .answering:
            let extra = Double(bytes) / Double(max(1, limits.minimumRate))
            return limits.bodyDeadline + .seconds(extra)
        case .handling: return limits.requestDeadline
        }
    }
}
