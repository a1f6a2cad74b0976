import PlanCore
import PlanSync

/// The bodies of applications that read and write the stores by themselves.
extension RequestBody {
    /// `{"ids": […]}`: each id once, in the order given.
    func leasedKeys(
        _ kind: CollectionDescription.IDKind
    ) throws(GatewayError) -> [RecordID] {
        try object(["ids"])
        var seen: Set<RecordID> = []
        let keys = try required("ids").limited().ids(kind).filter { seen.insert($0).inserted }
        guard !keys.isEmpty else { throw .invalid("'ids' is empty") }
        return keys
    }

    private func limited() throws(GatewayError) -> RequestBody {
        let count = try items().count
        guard count <= DirectDialect.keyLimit else {
            throw .invalid(
                "'\(path)' has \(count) entries", hint: "at most \(DirectDialect.keyLimit)")
        }
        return self
    }

    /// `{"leases": [{"lease": …, "outcome": …}]}`
    func endedLeases() throws(GatewayError) -> [(name: String, outcome: LeasedOutcome)] {
        try object(["leases"])
        var ended: [(name: String, outcome: LeasedOutcome)] = []
        for item in try required("leases").limited().items() {
            try item.object(["lease", "outcome"])
            let text = try item.required("outcome").string()
            guard let outcome = LeasedOutcome(rawValue: text) else {
                let known = LeasedOutcome.allCases.map(\.rawValue)
                throw .invalid(
                    "'\(item.path).outcome': '\(text.prefix(60))' is not known",
                    hint: "one of \(known.joined(separator: ", "))")
            }
            ended.append((try item.required("lease").string(), outcome))
        }
        return ended
    }

    /// `{"searches": […], "calls": […]}`, either left out.
    func observations(
        _ kind: CollectionDescription.IDKind, kLimit: Int
    ) throws(GatewayError) -> ([(Query, LeasedAnswers)], [ObservedCall]) {
        try object(["searches", "calls"])
        var searches: [(Query, LeasedAnswers)] = []
        for item in try optional("searches")?.limited().items() ?? [] {
            try item.object(["query", "authority", "authority_ms", "follower", "follower_ms"])
            let query = try item.required("query").query(kind, kLimit: kLimit)
            let answers = LeasedAnswers(
                leading: try item.required("authority").hits(kind),
                latency: try item.optional("authority_ms")?.latency(),
                following: try item.optional("follower")?.hits(kind),
                followingLatency: try item.optional("follower_ms")?.latency())
            searches.append((query, answers))
        }
        var calls: [ObservedCall] = []
        for item in try optional("calls")?.limited().items() ?? [] {
            calls.append(try item.call())
        }
        return (searches, calls)
    }

    /// `[{"id": …, "distance": …}]`, nearest first.
    private func hits(
        _ kind: CollectionDescription.IDKind
    ) throws(GatewayError) -> [Hit] {
        var hits: [Hit] = []
        for item in try limited().items() {
            try item.object(["id", "distance"])
            hits.append(
                Hit(
                    record: Record(id: try item.required("id").id(kind), vectors: [:]),
                    distance: try item.required("distance").number()))
        }
        return hits
    }

    /// `{"operation": …, "side": …, "ms": …, "failed": …}`
    private func call() throws(GatewayError) -> ObservedCall {
        try object(["operation", "side", "ms", "failed"])
        let operation = try required("operation")
        let side = try required("side")
        guard let known = StoreOperation(rawValue: try operation.string()) else {
            let names = StoreOperation.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("'\(operation.path)' is not known", hint: "one of \(names)")
        }
        guard let place = Side(rawValue: try side.string()) else {
            throw .invalid("'\(side.path)' is neither 'source' nor 'target'")
        }
        return ObservedCall(
            operation: known, side: place, failed: try optional("failed")?.bool() ?? false,
            latency: try required("ms").latency())
    }

    private func latency() throws(GatewayError) -> Duration {
        let milliseconds = try number()
        guard milliseconds >= 0, milliseconds < 86_400_000 else {
            throw wrong("a time in milliseconds")
        }
        return .seconds(milliseconds / 1_000)
    }
}
