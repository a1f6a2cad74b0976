import PlanCore
import PlanReport
import PlanSyntax
import Testing

@Suite struct ValidPlanTests {
    private func plan(_ name: String) throws -> Plan {
        let result = PlanParser.parse(bytes: try Fixtures.bytes("valid/\(name)"), file: name)
        #expect(DiagnosticFormat.text.render(result.diagnostics) == "")
        return try #require(result.plan)
    }

    @Test(arguments: Fixtures.valid)
    func `a plan without a mistake is accepted in silence`(name: String) throws {
        _ = try plan(name)
    }

    @Test(arguments: Fixtures.shipped)
    func `a shipped plan has no errors`(name: String) throws {
        let result = PlanParser.parse(bytes: try Fixtures.shippedBytes(name), file: name)
        let errors = result.diagnostics.filter { $0.severity == .error }
        #expect(DiagnosticFormat.text.render(errors) == "")
        #expect(result.plan != nil)
    }

    @Test func `plans are shipped`() { #expect(!Fixtures.shipped.isEmpty) }

    @Test func `what is not written has its documented default`() throws {
        let plan = try plan("smallest.yaml")
        #expect(plan.state == .literal(".plan"))
        #expect(plan.gateway == GatewaySettings())
        #expect(plan.source.deadline == .seconds(10))
        #expect(plan.source.quarantine == .seconds(10), "SQLite has no queue of its own")
        #expect(plan.target.existing == .refuse)
        #expect(plan.steps.map(\.onFailure) == [.pause, .pause, .pause])
        #expect(plan.steps.last?.kind == .backfill(BackfillOptions()))
        #expect(plan.writePauseMax == .seconds(2))
    }

    @Test func `endpoints keep their columns, bounds and searches`() throws {
        let plan = try plan("everything.yaml")
        #expect(plan.state == .env("PLAN_STATE"))
        #expect(plan.source.address == .file("/run/secrets/path"))
        #expect(plan.source.quarantine == .seconds(4))
        #expect(plan.source.table.payload == .document(column: "body"))
        #expect(plan.source.table.distance == .l2)
        #expect(plan.target.table.payload == .columns(["price": "unit_price", "lang": "lang"]))
        #expect(plan.target.quarantine == .milliseconds(6_500), "its deadline and five seconds")
        #expect(plan.target.table.schema == "search")
        #expect(
            plan.target.table.vectorColumns == ["headline": "headline_vec", "body": "body_vec"])
        #expect(plan.target.table.element == .halfvec)
        #expect(plan.target.search == ["ef_search": 80, "probes": 4])
        #expect(plan.target.connections == 12)
        #expect(plan.target.existing == .adopt)
    }

    @Test func `a chroma endpoint keeps its tenant, database and document`() throws {
        let target = try plan("chroma.yaml").target
        #expect(target.kind == .chroma && target.address == .literal("https://chroma.internal"))
        #expect(target.apiKey == .file("/run/secrets/chroma"))
        #expect(target.tenant == "acme" && target.database == "shop")
        #expect(target.document == "text" && target.authorities == "ca.pem")
        #expect(target.search == ["ef_search": 200])
        #expect(target.quarantine == .seconds(25) && target.stalenessBound == .zero)
    }

    @Test func `the mapping is read`() throws {
        let mapping = try plan("everything.yaml").mapping
        #expect(mapping.id == .uuid5(originalField: "item"))
        #expect(mapping.vectors == ["title": "headline", "text": ""])
        #expect(mapping.types == ["stock": .int, "score": .float, "sku": .text, "active": .bool])
    }

    @Test func `the gateway's addresses and credentials are read`() throws {
        let gateway = try plan("everything.yaml").gateway
        #expect(gateway.listen == HostPort(host: "0.0.0.0", port: 7_000))
        #expect(gateway.admin == HostPort(host: "::1", port: 7_001))
        #expect(gateway.token == .env("GATEWAY_TOKEN"))
        #expect(gateway.adminToken == .file("/run/secrets/admin"))
        #expect(gateway.tls?.clientCA == "tls/ca.pem")
        #expect(gateway.limits.drain == .seconds(8))
        #expect(gateway.limits.drainDelay == .seconds(3))
        #expect(gateway.limits.requestDeadline == .seconds(9))
        #expect(gateway.followerAckMax == .milliseconds(500))
    }

    @Test func `steps keep their line, name, timeout and what failure does`() throws {
        let plan = try plan("everything.yaml")
        let hook = try #require(plan.step(named: "before"))
        #expect(hook.timeout == .seconds(5_400))
        #expect(
            hook.kind
                == .hook(
                    HookOptions(
                        action: .command(["./before.sh", "--now"]),
                        rollback: .http(
                            HTTPCall(method: "DELETE", url: .literal("http://127.0.0.1:1/x"))))))
        #expect(plan.step(named: "backfill")?.onFailure == .rollbackAll)
        #expect(plan.step(named: "cutover")?.onFailure == .pause)
        #expect(plan.step(named: "soak")?.onFailure == .rollback)
        #expect(plan.step(named: "mirror")?.kind.word == .mirror, "shadow is another word for it")
        #expect(plan.step(named: "before")?.line == 53)
    }

    @Test func `a rate by the minute is one by the second`() throws {
        var options = BackfillOptions()
        options.workers = 2
        options.batchSize = 10
        options.maxRate = 1.5
        options.maxRefused = 7
        #expect(try plan("everything.yaml").step(named: "backfill")?.kind == .backfill(options))
    }

    @Test func `a cutover's weights are shares and its pauses may wait for a person`() throws {
        guard case .cutover(let options) = try plan("everything.yaml").step(named: "cutover")?.kind
        else {
            Issue.record("no cutover")
            return
        }
        #expect(
            options.stages
                == [.setWeight(0.05), .pause(.seconds(600)), .setWeight(0.5), .pause(nil)])
        #expect(options.attempts == 3)
        let confirm = options.config.first?.confirm
        #expect(confirm?.action == .command(["./reads-target"]))
        #expect(confirm?.restored == .command(["./reads-source"]))
    }

    @Test func `a quoted value of a configuration stays a string`() throws {
        guard case .attach(let options) = try plan("everything.yaml").step(named: "attach")?.kind
        else {
            Issue.record("no attach")
            return
        }
        let settings = try #require(options.config.first).set
        #expect(settings.map(\.path.last) == ["host", "port", "tls", "name"])
        #expect(settings.map(\.isPlain) == [true, true, true, false])
    }
}
