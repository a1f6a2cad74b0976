import HTTPClient
import JSON
import PlanCore

/// Requests to gateways, and what became of them.
struct GatewayClient: Sendable {
    enum Answer: Sendable {
        case ok(JSONValue)
        /// Surely not done.
        case failed(String)
        case unknown(String)
    }

    /// Gateways that serve one plan, separated by commas: each request goes to one of them.
    let url: String
    private let urls: [String]
    private let http: HTTPClient

    init(url: String) {
        self.url = url
        urls = url.split(separator: ",").map(String.init)
        var configuration = HTTPClientConfiguration()
        configuration.connectDeadline = .seconds(2)
        http = HTTPClient(configuration: configuration)
    }

    /// As a load balancer would, it asks another gateway where one was surely not reached.
    func send(_ method: String, _ path: String, _ body: JSONValue?) async -> Answer {
        var answer = Answer.failed("there is no gateway")
        for url in urls.shuffled() {
            do {
                return try await attempt(method, url + path, body)
            } catch {
                guard error.isDefinite else { return .unknown(error.message) }
                answer = .failed(error.message)
            }
        }
        return answer
    }

    private func attempt(
        _ method: String, _ address: String, _ body: JSONValue?
    ) async throws(HTTPClientError) -> Answer {
        do {
            let bytes = body.map { Array(JSON.text($0).utf8) } ?? []
            let response = try await http.request(
                method, address, headers: [("Content-Type", "application/json")], body: bytes,
                deadline: .seconds(10))
            let text = String(decoding: response.body, as: UTF8.self)
            guard response.status == 200 else {
                let message = "\(response.status): \(text.prefix(160))"
                // 4xx and 503 say that nothing was written; 502 and 504 do not.
                return response.status < 500 || response.status == 503
                    ? .failed(message) : .unknown(message)
            }
            return .ok(try JSON.parse(text))
        } catch let error as HTTPClientError {
            throw error
        } catch {
            return .unknown(String(describing: error))
        }
    }
}

extension JSONValue {
    subscript(field: String) -> JSONValue? {
        if case .object(let fields) = self { fields[field] } else { nil }
    }

    var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
    var int: Int? { if case .int(let value) = self { Int(value) } else { nil } }
    var text: String? { if case .string(let value) = self { value } else { nil } }

    var floats: [Float] {
        items.compactMap { item in
            switch item {
            case .double(let value): Float(value)
            case .int(let value): Float(value)
            default: nil
            }
        }
    }
}
