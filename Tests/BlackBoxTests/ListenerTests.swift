import Foundation
import HTTPClient
import PlanCore
import TestServers
import Testing

/// A gateway's listener as the plan describes it.
extension BlackBox {
    @Suite(.serialized)
    struct ListenerTests {
        private func write(_ settings: String, to sandbox: Sandbox) throws {
            var plan = PlanText()
            plan.speak = "native, \(settings)"
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
        }

        private func expectPut(_ status: Int, _ sandbox: Sandbox) async throws {
            var seen = 0
            for _ in 0..<1_000 {
                seen = try await sandbox.put(1)
                if seen == status { return }
                try await Task.sleep(for: .milliseconds(50))
            }
            Issue.record("a write is answered with \(seen), not \(status)")
        }

        @Test func `on SIGHUP the limits are read anew, and a broken file changes nothing`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 10)
            try write("limits: {body: 1048576}", to: sandbox)
            let gateway = try await sandbox.startGateway()
            #expect(try await sandbox.put(1) == 200)
            try write("limits: {body: 1024}", to: sandbox)
            #expect(try await sandbox.put(1) == 200, "nobody told it yet")
            gateway.kill(SIGHUP)
            try await expectPut(413, sandbox)
            try sandbox.write("plan: 1\nname: [", to: "plan.yaml")
            gateway.kill(SIGHUP)
            try await Task.sleep(for: .seconds(1))
            #expect(try await sandbox.put(1) == 413 && gateway.isRunning)
            try write("limits: {body: 1048576}", to: sandbox)
            gateway.kill(SIGHUP)
            try await expectPut(200, sandbox)
            gateway.kill(SIGTERM)
            let ended = try await gateway.finish(within: 20)
            #expect(ended.code == 0)
            #expect(ended.errors.contains("limits_unreadable"), "\(ended.errors)")
        }

        /// The gateway begins with a limit of open files far below what it takes.
        @Test func `ten thousand idle connections keep nobody waiting`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 10)
            try write("limits: {header_deadline: 120s, idle: 120s}", to: sandbox)
            let gateway = try sandbox.start(
                "/bin/sh", "-c", "ulimit -Sn 300; exec plan gateway plan.yaml --name one")
            let count = min(10_000, try Descriptors.raiseLimit() * 3 / 5)
            for _ in 0..<1_000 where (try? await sandbox.get("/healthz")) == nil {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await sandbox.put(1) == 200)
            let idle = (0..<count).map { _ in RawClient.connect(port: sandbox.port) }
            defer { for descriptor in idle { close(descriptor) } }
            #expect(idle.allSatisfy { $0 >= 0 }, "\(idle.count { $0 < 0 }) were turned away")
            for id in 1...20 as ClosedRange<Int64> { #expect(try await sandbox.put(id) == 200) }
            #expect(Descriptors.open(by: gateway.pid) > count)
            try write("limits: {header_deadline: 2s, idle: 2s}", to: sandbox)
            gateway.kill(SIGHUP)
            for _ in 0..<1_500 where Descriptors.open(by: gateway.pid) > 300 {
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(Descriptors.open(by: gateway.pid) < 300, "who says nothing is let go")
            #expect(try await sandbox.put(2) == 200)
        }

        @Test func `while a gateway drains it still answers, and closes each connection`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 10)
            try write("limits: {drain_delay: 8s}", to: sandbox)
            let gateway = try await sandbox.startGateway()
            let request = "GET /v1/count HTTP/1.1\r\nHost: 127.0.0.1:\(sandbox.port)\r\n\r\n"
            let before = await RawClient.talk(port: sandbox.port, [request], answers: 1)
            #expect(before.status == 200, "\(before)")
            #expect(!before.lowercased().contains("connection: close"), "\(before)")
            gateway.kill(SIGTERM)
            var state = ""
            for _ in 0..<500 where state != "draining\n" {
                state = try await sandbox.get("/readyz").text
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(state == "draining\n")
            let during = await RawClient.talk(port: sandbox.port, [request])
            #expect(during.status == 200, "\(during)")
            #expect(during.lowercased().contains("connection: close"), "\(during)")
            #expect(try await gateway.finish(within: 20).code == 0)
        }

        @Test func `a plan's certificate is shown, and one is asked of clients but not of probes`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 10)
            let certificates = try Certificates()
            for name in ["server.pem", "server.key", "ca.pem"] {
                try sandbox.write(try certificates.text(name), to: name)
            }
            try write(
                "tls: {cert: server.pem, key: server.key, client_ca: ca.pem}", to: sandbox)
            let gateway = try sandbox.start("plan", "gateway", "plan.yaml", "--name", "one")
            var configuration = HTTPClientConfiguration()
            configuration.tls.authorities = certificates.authority
            let stranger = HTTPClient(configuration: configuration)
            configuration.tls.certificate = certificates.folder + "/client.pem"
            configuration.tls.key = certificates.folder + "/client.key"
            let friend = HTTPClient(configuration: configuration)
            let url = "https://127.0.0.1:\(sandbox.port)/v1/count"
            var answer: HTTPClientResponse?
            for _ in 0..<1_000 where answer == nil && gateway.isRunning {
                answer = try? await friend.request("GET", url)
                if answer == nil { try await Task.sleep(for: .milliseconds(50)) }
            }
            #expect(answer?.status == 200)
            #expect(answer.map { String(decoding: $0.body, as: UTF8.self) } == "{\"count\":10}")
            #expect(try await stranger.request("GET", url).status == 403)
            let admin = "https://127.0.0.1:\(sandbox.admin)"
            for path in ["/healthz", "/readyz", "/metrics"] {
                #expect(try await stranger.request("GET", admin + path).status == 200, "\(path)")
            }
            let plain = HTTPClient()
            for asked in [url, admin + "/healthz"] {
                let error = await #expect(throws: HTTPClientError.self) {
                    try await plain.request("GET", asked)
                }
                #expect(error?.kind == .tls)
            }
            for client in [stranger, friend, plain] { client.close() }
        }
    }
}
