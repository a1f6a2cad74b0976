import HTTPServer
import PlanCore
import PlanSync

/// The source's server once not every plan needs it: it may be gone for good, or take connections
/// and never answer.
extension Relay {
    enum Need: Hashable, Sendable {
        /// Every plan's source leads.
        case whole
        /// A collection has moved, and a source leads or is kept in step.
        case partial
        /// No source is written to any more.
        case ended
    }

    /// How long a server is waited for that is not needed whole.
    private static let patience = Duration.seconds(1)

    var need: Need {
        let forwardings = plans.map { $0.forwarding(kind) }
        if forwardings.allSatisfy({ $0.leader == .source }) { return .whole }
        return forwardings.contains { $0.leader == .source || $0.follower } ? .partial : .ended
    }

    /// As `passThrough`; nil, too, where the source's server does not answer and a target leads.
    func passThroughIfThere(_ request: HTTPRequest) async throws -> HTTPResponse? {
        do {
            return try await passPatiently(self.request(request, .server)).map(Relay.relayed)
        } catch is StoreError where need != .whole {
            // Once a target leads, the source's server may be gone for good.
            return nil
        }
    }

    /// The same of what can as well be said without the server: it is not asked where no source is
    /// written to any more.
    func passThroughIfNeeded(_ request: HTTPRequest) async throws -> HTTPResponse? {
        if need == .ended { return nil }
        return try await passThroughIfThere(request)
    }

    /// The source's server asked by the dialect itself.
    func ask(_ path: String) async throws -> ForwardedAnswer? {
        try await passPatiently(
            ForwardedRequest(kind: kind, method: "GET", scope: .server, path: path))
    }

    /// Where every collection has moved a read of the server waits for a moment only; after nobody
    /// answered, none is sent for some seconds.
    private func passPatiently(_ request: ForwardedRequest) async throws -> ForwardedAnswer? {
        let isNeeded = plans.contains { $0.forwarding(kind).leader == .source }
        guard !isNeeded, ["GET", "HEAD"].contains(request.method) else {
            return try await service.passThrough(request)
        }
        if silence.isOn(time.now) {
            throw silent(.unreachable, "the source's server did not answer lately")
        }
        do {
            return try await passInTime(request)
        } catch let error as StoreError where [.timeout, .unreachable].contains(error.kind) {
            silence.begin(time.now)
            throw error
        }
    }

    private func passInTime(_ request: ForwardedRequest) async throws -> ForwardedAnswer? {
        try await time.answer(within: Relay.patience) {
            try await service.passThrough(request)
        } late: {
            throw silent(.timeout, "the source's server takes longer than \(Relay.patience)")
        }
    }

    private func silent(_ error: StoreError.Kind, _ message: String) -> StoreError {
        StoreError(
            store: kind, operation: "forward", kind: error, message: message, isDefinite: true)
    }
}
