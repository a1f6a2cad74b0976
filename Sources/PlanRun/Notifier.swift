import PlanCore

/// Tells the outside what happened, as `notify` asks. What cannot be told stops nothing.
struct Notifier: Sendable {
    let context: RunContext

    func send(_ event: NotificationRule.Event, _ message: String) async {
        for rule in context.plan.notify where rule.events.contains(event) {
            do {
                switch rule.action {
                case .command(let arguments):
                    _ = try await context.world.run(
                        arguments + [event.rawValue, message], timeout: .seconds(30))
                case .http(let call):
                    let url = try call.url.resolve(
                        environment: context.world.environment, read: context.world.read)
                    let body = EventText.line([
                        "plan": .string(context.plan.name), "event": .string(event.rawValue),
                        "message": .string(message),
                    ])
                    _ = try await context.world.call(
                        method: call.method, url: url, body: body, timeout: .seconds(10))
                }
            } catch {
                await context.journal.note(
                    "notify_failed", ["why": .string(String(describing: error))])
            }
        }
    }
}
