import HTTPServer
import JSON
import PlanCore

/// Reads one JSON value of a request, and says by path what is wrong with it.
struct RequestBody {
    let node: JSONNode
    /// `records[3].vector`; empty for the body itself.
    let path: String

    static let depth = 64

    init(_ node: JSONNode, path: String = "") {
        self.node = node
        self.path = path
    }

    /// The body, which must be an object.
    init(bytes: [UInt8]) throws(GatewayError) {
        do {
            let document = try JSONDocument.parse(bytes, depth: RequestBody.depth)
            self.init(document.root)
        } catch {
            throw GatewayError(
                400, .invalidJSON, "the body is no JSON: \(error)",
                hint: "send one JSON object, nested at most \(RequestBody.depth) deep")
        }
    }

    init(_ request: HTTPRequest) throws(GatewayError) {
        try RequestBody.checkType(request)
        try self.init(bytes: request.body)
    }

    /// A web page can send other types across origins without asking first.
    static func checkType(_ request: HTTPRequest) throws(GatewayError) {
        let type = request.headers["content-type"]?.split(separator: ";").first
        let isJSON = type?.trimmingSpaces().lowercased() == "application/json"
        guard isJSON || request.headers["origin"] == nil else {
            throw GatewayError(
                415, .unsupportedMediaType, "the body's type is not application/json",
                hint: "send 'Content-Type: application/json'")
        }
    }

    func wrong(_ expected: String) -> GatewayError {
        .invalid(path.isEmpty ? "the body is not \(expected)" : "'\(path)' is not \(expected)")
    }

    private func child(_ node: JSONNode, _ name: String) -> RequestBody {
        RequestBody(node, path: path.isEmpty ? name : "\(path).\(name)")
    }

    /// Refuses what is no object, and fields that the object does not have.
    func object(_ known: [String]) throws(GatewayError) {
        guard node.kind == .object else { throw wrong("an object") }
        var seen: Set<String> = []
        for (name, _) in node.fields {
            guard known.contains(name) else {
                throw .invalid(
                    "'\(child(node, String(name.prefix(60))).path)' is not known",
                    hint: Suggestion.hint(for: String(name.prefix(60)), among: known))
            }
            guard seen.insert(name).inserted else {
                throw .invalid("'\(child(node, name).path)' is given twice")
            }
        }
    }

    /// nil where it is not there.
    func field(_ name: String) -> RequestBody? { node[name].map { child($0, name) } }

    /// nil where it is not there, or null.
    func optional(_ name: String) -> RequestBody? {
        guard let field = field(name), field.node.kind != .null else { return nil }
        return field
    }

    func required(_ name: String) throws(GatewayError) -> RequestBody {
        guard let field = field(name) else {
            throw .invalid("'\(path.isEmpty ? name : "\(path).\(name)")' is missing")
        }
        return field
    }

    func items() throws(GatewayError) -> [RequestBody] {
        guard node.kind == .array else { throw wrong("an array") }
        return node.items.enumerated().map { RequestBody($1, path: "\(path)[\($0)]") }
    }

    /// The name and value of each field, in order.
    func entries() throws(GatewayError) -> [(name: String, value: RequestBody)] {
        guard node.kind == .object else { throw wrong("an object") }
        return node.fields.map { ($0.key, child($0.value, String($0.key.prefix(60)))) }
    }

    func string() throws(GatewayError) -> String {
        guard let string = node.string else { throw wrong("a string") }
        return string
    }

    func bool() throws(GatewayError) -> Bool {
        guard let bool = node.bool else { throw wrong("true or false") }
        return bool
    }

    func number() throws(GatewayError) -> Double {
        guard let number = node.double else { throw wrong("a number") }
        return number
    }

    func int(_ range: ClosedRange<Int>) throws(GatewayError) -> Int {
        guard let int = node.int, range.contains(int) else {
            throw wrong("an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return int
    }

    /// Every entry within float32.
    func floats() throws(GatewayError) -> [Float] {
        guard let floats = node.floats else { throw wrong("an array of numbers") }
        guard floats.allSatisfy(\.isFinite) else {
            throw wrong("an array of numbers within float32")
        }
        return floats
    }

    func payload() throws(GatewayError) -> JSONObject {
        guard case .object(let object) = node.value else { throw wrong("an object") }
        return object
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return start[...end]
    }
}
