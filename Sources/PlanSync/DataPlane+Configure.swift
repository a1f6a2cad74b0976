import PlanCore

extension DataPlane {
    /// A change of the collection that concerns no record, such as an index over payload. Every
    /// side that is kept and speaks the API is asked, the authority first, whose answer it is; nil
    /// where the authority speaks another.
    ///
    /// It changes no answer: a follower that fails is counted and left without.
    package func configure(_ request: ForwardedRequest) async throws -> ForwardedAnswer? {
        try checkWrites()
        guard let session else {
            guard source.kind == request.kind else { return nil }
            return try await (source as? any ForwardingStore)?.forward(request)
        }
        let route = route
        let environment = session.environment
        guard let authority = environment.forwarding(request.kind, route.authority) else {
            return nil
        }
        let answer = try await authority.forward(request)
        guard (200..<300).contains(answer.status), let side = route.follower,
            let follower = environment.forwarding(request.kind, side)
        else { return answer }
        do {
            let second = try await follower.forward(request)
            if second.status >= 300 { environment.observer.count(.leftUnconfigured) }
        } catch is StoreError {
            environment.observer.count(.leftUnconfigured)
        }
        return answer
    }
}
