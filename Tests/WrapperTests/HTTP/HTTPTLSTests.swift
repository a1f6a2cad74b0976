import HTTPClient
import HTTPServer
import TestServers
import Testing

@Suite struct HTTPTLSTests {
    private func serving(
        asksClient: Bool, _ body: (Certificates, String) async throws -> Void
    ) async throws {
        let certificates = try Certificates()
        var configuration = HTTPServerConfiguration()
        configuration.tls = .init(
            certificate: try certificates.text("server.pem"),
            key: try certificates.text("server.key"),
            clientAuthority: asksClient ? try certificates.text("ca.pem") : nil)
        let server = try HTTPServer(configuration: configuration) { request in
            HTTPResponse(text: "\(request.body.count)")
        }
        do {
            try await body(certificates, "https://127.0.0.1:\(server.port)/")
            await server.stop(within: .seconds(5))
        } catch {
            await server.stop(within: .zero)
            throw error
        }
    }

    @Test func `a client that trusts the authority talks to the server`() async throws {
        try await serving(asksClient: false) { certificates, url in
            var configuration = HTTPClientConfiguration()
            configuration.tls.authorities = certificates.folder + "/ca.pem"
            let client = HTTPClient(configuration: configuration)
            let body = [UInt8](repeating: 1, count: 3_000_000)
            let answer = try await client.request("POST", url, body: body)
            #expect(answer.text == "3000000")
        }
    }

    @Test func `a client that does not trust it sends nothing`() async throws {
        try await serving(asksClient: false) { _, url in
            let client = HTTPClient()
            let error = await #expect(throws: HTTPClientError.self) {
                try await client.request("POST", url, body: [1])
            }
            #expect(error?.kind == .tls)
            #expect(error?.isDefinite == true)
        }
    }

    @Test func `where a client's certificate is asked for, only one with it comes in`()
        async throws
    {
        try await serving(asksClient: true) { certificates, url in
            var configuration = HTTPClientConfiguration()
            configuration.tls.authorities = certificates.folder + "/ca.pem"
            let stranger = HTTPClient(configuration: configuration)
            #expect(try await stranger.request("GET", url).status == 403)
            configuration.tls.certificate = certificates.folder + "/client.pem"
            configuration.tls.key = certificates.folder + "/client.key"
            let friend = HTTPClient(configuration: configuration)
            let answer = try await friend.request("GET", url)
            #expect(answer.status == 200)
        }
    }

    @Test func `a certificate that cannot be read keeps the server from starting`() throws {
        var configuration = HTTPServerConfiguration()
        configuration.tls = .init(certificate: "nonsense", key: "nonsense")
        #expect(throws: HTTPServerError.self) {
            try HTTPServer(configuration: configuration) { _ in HTTPResponse(text: "never") }
        }
    }
}
