import Foundation
import HTTPClient
import PlanCore
import PlanGateway
import TestServers
import Testing

@Suite struct MalformedTests {
    static let groups: [(name: String, rows: [MalformedRequest])] = [
        ("The head", MalformedRequest.heads), ("Where the body ends", MalformedRequest.framing),
        ("The body", MalformedRequest.bodies), ("The client", MalformedRequest.clients),
    ]

    @Test(arguments: groups.flatMap(\.rows))
    func `a malformed request gets its answer and nothing that follows it is smuggled`(
        _ request: MalformedRequest
    ) async throws {
        try await GatewayBench.running({ settings in
            guard request.haste == .deadlines else { return }
            settings.limits.headerDeadline = .milliseconds(500)
            settings.limits.bodyDeadline = .milliseconds(500)
            settings.limits.idle = .milliseconds(500)
        }) { bench in
            let answer = await RawClient.talk(
                port: bench.server.port, bytes: request.bytes, ending: request.ending,
                pause: request.pause, patience: 20)
            print(request.row)
            let seen: Comment = "\(request.name): \(answer.text.prefix(400))"
            #expect(answer.isClosed, seen)
            check(answer.text.statuses, request.reply, seen)
            // Whatever was said, the next client is served, and nothing was written.
            let after = try await bench.ask("GET", "/v1/count")
            #expect(after.text == #"{"count":0}"#, seen)
        }
    }

    private func check(_ statuses: [Int], _ reply: MalformedRequest.Reply, _ seen: Comment) {
        switch reply {
        case .closes(let status):
            // libmicrohttpd's own refusal of a length that is no number says its head twice.
            #expect(statuses == [status] || statuses == [status, status], seen)
        case .stays(let status): #expect(statuses == [status, 200], seen)
        case .silence, .nobody: #expect(statuses.isEmpty, seen)
        case .several(let expected): #expect(statuses == expected, seen)
        }
    }

    @Test func `the page of malformed requests has every one of them, and no other`() throws {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        let page = try String(
            contentsOf: folder.appendingPathComponent(
                "Sources/plan/Documentation.docc/Malformed.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter {
            $0.hasPrefix("| ") && !$0.hasPrefix("| name")
        }
        let expected = MalformedTests.groups.flatMap(\.rows).map(\.row)
        #expect(rows.map(String.init) == expected, "\(expected.joined(separator: "\n"))")
        #expect(Set(expected).count == expected.count)
    }
}
