import CMicrohttpd
import Synchronization

/// Keeps the deadlines: libmicrohttpd's own timeout begins anew with every byte, so that a header
/// sent a byte at a time never ends.
struct ServerWatch {
    let core: ServerCore

    /// One round over all connections.
    func look(now: ContinuousClock.Instant = .now) {
        for connection in core.openConnections {
            let (phase, waited, bytes, request) = connection.state.withLock { state in
                (state.phase, state.since.duration(to: now), state.bytes, state.request)
            }
            guard waited > limit(phase, bytes: bytes) else { continue }
            if phase == .handling {
                let refusal = HTTPRefusal(.timeout, "the request took too long")
                connection.answer(core.configuration.errorBody(refusal), to: request)
            } else {
                connection.hangUp()
            }
        }
    }

    private func limit(_ phase: ServerConnection.Phase, bytes: Int) -> Duration {
        let configuration = core.configuration
        switch phase {
        case .waiting: return configuration.idle
        case .heading: return configuration.headerDeadline
        case .receiving, .answering:
            let extra = Double(bytes) / Double(max(1, configuration.minimumRate))
            return configuration.bodyDeadline + .seconds(extra)
        case .handling: return configuration.requestDeadline
        }
    }
}
