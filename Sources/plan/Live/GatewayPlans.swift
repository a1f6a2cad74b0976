import PlanCore

/// Whether several plans can stand behind one listener: collections of one server, whose clients
/// name the one they mean.
enum GatewayPlans {
    static func check(_ plans: [Plan]) throws(Arguments.Misuse) {
        guard let first = plans.first, plans.count > 1 else { return }
        guard first.gateway.speak != .native else {
            throw Arguments.Misuse(
                message:
                    "'native' names no collection in its requests, and there are several plans",
                hint: "say 'speak: qdrant' or 'speak: chroma', or start a gateway for each plan")
        }
        for plan in plans.dropFirst() {
            if let key = difference(first.gateway, plan.gateway) {
                throw Arguments.Misuse(
                    message: "'\(first.file)' and '\(plan.file)' differ in '\(key)' of 'gateway'",
                    hint: "plans behind one listener say the same there")
            }
            guard isOneServer(first.source, plan.source) else {
                throw Arguments.Misuse(
                    message:
                        "the sources of '\(first.file)' and '\(plan.file)' are not on one server",
                    hint: "start a gateway for each of them")
            }
        }
        try checkNames(plans)
    }

    private static func checkNames(_ plans: [Plan]) throws(Arguments.Misuse) {
        var names: Set<String> = []
        var collections: Set<String> = []
        for plan in plans {
            guard names.insert(plan.name).inserted else {
                throw Arguments.Misuse(
                    message: "two of the plans are named '\(plan.name)'", hint: "see 'name' in each"
                )
            }
            guard collections.insert(plan.source.collection).inserted else {
                throw Arguments.Misuse(
                    message: "two of the plans move the collection '\(plan.source.collection)'",
                    hint: "leave one of them out")
            }
        }
    }

    /// The first setting that is the listener's and is not the same.
    private static func difference(
        _ one: GatewaySettings, _ other: GatewaySettings
    ) -> String? {
        let pairs: [(String, Bool)] = [
            ("listen", one.listen == other.listen), ("speak", one.speak == other.speak),
            ("admin", one.admin == other.admin), ("token", one.token == other.token),
            ("admin_token", one.adminToken == other.adminToken), ("tls", one.tls == other.tls),
            ("allow_plaintext", one.allowPlaintext == other.allowPlaintext),
            ("limits", one.limits == other.limits),
        ]
        return pairs.first { !$0.1 }?.0
    }

    private static func isOneServer(_ one: StoreEndpoint, _ other: StoreEndpoint) -> Bool {
        one.kind == other.kind && one.address == other.address && one.apiKey == other.apiKey
            && one.tenant == other.tenant && one.database == other.database
            && one.document == other.document
    }
}
