import PlanCore
import YAML

/// Values → the typed plan, with the checks that look at more than one value.
struct PlanBuilder {
    let issues: Issues

    /// nil where something that a plan needs is missing; the diagnostic is already written.
    func build(_ value: Value, sketches: [StepSketch]) -> Plan? {
        let source = value["source"].flatMap { EndpointBuilder(issues: issues).build($0) }
        let target = value["target"].flatMap { EndpointBuilder(issues: issues).build($0) }
        if let source, let target, let span = value.keySpan("target") {
            checkDiffer(source, target, at: span)
        }
        let mapping = value["mapping"].map { MappingBuilder(issues: issues).build($0) }
        if let mapping, let target, let span = value["mapping"]?.keySpan("drop") {
            checkDropped(mapping, target, at: span)
        }
        let gateway = GatewayBuilder(issues: issues).build(value["gateway"])
        if let source, let target, let speak = value["gateway"]?["speak"] {
            checkDocuments(source, target, gateway, at: speak.span)
        }
        let lag = max(source?.stalenessBound ?? .zero, target?.stalenessBound ?? .zero)
        let steps = (value["steps"]?.list ?? []).compactMap { entry in
            entry.step.flatMap { StepBuilder(issues: issues, lag: lag).build($0) }
        }
        GuardReach(issues: issues).check(steps, among: sketches)
        let notify = (value["notify"]?.list ?? []).compactMap(notification)
        guard let name = value["name"]?.text, let source, let target else { return nil }
        var plan = Plan(
            file: issues.file, name: name, description: value["description"]?.text ?? "",
            source: source, target: target)
        if let state = value["state"] { plan.state = self.state(state) }
        if let mapping { plan.mapping = mapping }
        plan.gateway = gateway
        plan.notify = notify
        plan.steps = steps.map(\.step)
        return plan
    }

    private func state(_ value: Value) -> ValueReference {
        let reference = ValueReference(value.text ?? ".plan")
        if case .literal(let text) = reference,
            text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
        {
            issues.error(
                "a ledger in PostgreSQL comes with a later release", at: value.span,
                hint: "write a folder, such as state: .plan")
        }
        return reference
    }

    private func notification(_ value: Value) -> NotificationRule? {
        guard let action = ActionBuilder.action(value, method: "POST") else { return nil }
        var events: [NotificationRule.Event] = []
        for entry in value["on"]?.list ?? [] {
            guard let event = entry.choice(NotificationRule.Event.self) else { continue }
            if events.contains(event) {
                issues.warning("'\(event.rawValue)' is listed twice", at: entry.span)
            } else {
                events.append(event)
            }
        }
        return NotificationRule(events: events, action: action)
    }

    /// A request that one Chroma server answers as it came must mean the same to the other.
    private func checkDocuments(
        _ source: StoreEndpoint, _ target: StoreEndpoint, _ gateway: GatewaySettings,
        at span: Range<Int>
    ) {
        guard gateway.speak == .chroma, source.kind == .chroma, target.kind == .chroma else {
            return
        }
        let (from, to) = (source.document ?? "document", target.document ?? "document")
        guard from != to else { return }
        issues.error(
            "clients of chroma would find the documents of '\(from)' in '\(to)'", at: span,
            hint: "give source and target the same 'document'")
    }

    /// Fields are dropped while gateways write. Milvus replaces whole records, by what was read of
    /// them: a write acknowledged since would be lost.
    private func checkDropped(
        _ mapping: MappingRules, _ target: StoreEndpoint, at span: Range<Int>
    ) {
        guard target.kind == .milvus, !mapping.drop.isEmpty else { return }
        issues.error(
            "fields cannot be dropped from a milvus target while it is written to: it replaces "
                + "whole records", at: span,
            hint: "drop them yourself after 'decommission', with writes held, or leave 'drop' out")
    }

    /// Writing one collection onto itself would end in its deletion.
    private func checkDiffer(
        _ source: StoreEndpoint, _ target: StoreEndpoint, at span: Range<Int>
    ) {
        guard source.kind == target.kind, source.address == target.address,
            source.collection == target.collection, source.table.schema == target.table.schema,
            source.tenant == target.tenant, source.database == target.database
        else { return }
        issues.error(
            "source and target are the same collection '\(source.collection)'", at: span,
            hint: "name another \(source.kind.isLocal ? "path or table" : "table or url")")
    }
}
