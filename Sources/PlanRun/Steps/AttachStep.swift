import PlanCore
import PlanSync

/// Points the application at the gateway, and sees its traffic there.
struct AttachStep: StepWork {
    let options: AttachOptions

    func perform(_ index: Int, _ context: RunContext) async throws {
        try await ConfigSwitch(context: context, step: index).apply(options.config)
        let expected = context.plan.gateway.expect
        while true {
            let gateways = try await context.ledger.read { try $0.gateways() }
            if gateways.count >= expected, gateways.contains(where: { $0.requests > 0 }) { return }
            let text =
                gateways.count < expected
                ? "\(gateways.count) of \(expected) gateways are there; start 'plan gateway'"
                : "no request of the application has come to the gateway yet"
            _ = try await context.ledger.write(.relaxed) { try $0.setStatus("waiting", text) }
            try await context.time.sleep(for: .milliseconds(200))
        }
    }

    /// The application leaves the gateway; done when its traffic has stopped.
    func undo(_ index: Int, _ context: RunContext) async throws {
        guard !options.config.isEmpty else { return }
        try await ConfigSwitch(context: context, step: index).restore()
        try await Idle.wait(.seconds(5), context)
    }
}

/// The point of no return: nothing follows any more, and the application goes to the target.
struct DetachStep: StepWork {
    let options: DetachOptions

    func perform(_ index: Int, _ context: RunContext) async throws {
        guard try await context.flips().route().authority == .target else {
            throw StepFailure.stopped("the target is not the authority yet", hint: nil)
        }
        try await PointOfNoReturn(context: context).pass(index)
        try await DroppedFields(context: context).remove()
        try await ConfigSwitch(context: context, step: index).apply(options.config)
        if !options.config.isEmpty { try await Idle.wait(options.idle, context) }
    }

    func undo(_ index: Int, _ context: RunContext) async throws {
        try await PointOfNoReturn(context: context).refuseRollback(to: index)
        try await ConfigSwitch(context: context, step: index).restore()
    }
}

enum Idle {
    /// Until no gateway has had a request for so long.
    static func wait(_ duration: Duration, _ context: RunContext) async throws {
        var last: Int64 = -1
        var since = context.time.now
        while true {
            let now = try await context.ledger.read { ledger in
                try ledger.gateways().reduce(0) { $0 + $1.requests }
            }
            if now != last {
                last = now
                since = context.time.now
            }
            if context.time.now - since >= duration { return }
            try await context.time.sleep(for: .milliseconds(500))
        }
    }
}
