import HTTPClient
import HTTPServer
import JSON
import PlanCore
import Synchronization

/// A reverse proxy before a real server, as people put before one that asks for no key itself:
/// who does not bring the key is sent away, and what passes is noted.
final class Gate: Sendable {
    struct Call: Sendable {
        var method: String
        var path: String
        var body: JSONValue

        /// A field of the body; null where there is none.
        subscript(name: String) -> JSONValue { Call.field(name, of: body) }

        static func field(_ name: String, of value: JSONValue) -> JSONValue {
            if case .object(let fields) = value { return fields[name] ?? .null }
            return .null
        }
    }

    private let server: HTTPServer
    private let noted: Notes

    private final class Notes: Sendable {
        let calls = Mutex<[Call]>([])
    }

    /// Those so far.
    var calls: [Call] { noted.calls.withLock(\.self) }
    var url: String { "http://127.0.0.1:\(server.port)" }

    /// - Parameters:
    ///   - target: whose address it stands before.
    ///   - header: that has to be brought, with its value; nil: everybody passes.
    ///   - answer: what the server behind it does not know.
    init(
        before target: String, demanding header: (name: String, value: String)? = nil,
        answering answer: @escaping @Sendable (Call) -> HTTPResponse? = { _ in nil }
    ) throws {
        let noted = Notes()
        let client = HTTPClient()
        server = try HTTPServer(configuration: HTTPServerConfiguration()) { request in
            if let header, request.headers[header.name] != header.value {
                return HTTPResponse(status: 401, text: "no key of ours")
            }
            let text = String(decoding: request.body, as: UTF8.self)
            let call = Call(
                method: request.method, path: request.path,
                body: (try? JSON.parse(text)) ?? .null)
            noted.calls.withLock { $0.append(call) }
            if let given = answer(call) { return given }
            do {
                let passed = try await client.request(
                    request.method, target + request.target,
                    headers: [("Content-Type", "application/json")], body: request.body)
                var response = HTTPResponse(status: passed.status, body: passed.body)
                response.headers.add("Content-Type", "application/json")
                return response
            } catch {
                return HTTPResponse(status: 502, text: "\(error)")
            }
        }
        self.noted = noted
    }

    func end() async { await server.stop() }
}
