import HTTPServer
import JSON
import PlanCore

/// How the route is asked for.
struct RouteQuestion {
    /// nil: nobody who is counted.
    var reader: String?
    /// The epoch that the reader follows.
    var known: Int64?
    var wait: Duration = .zero
    var isStream = false

    private static let hint = "ask '/v1/route?client=NAME&wait_ms=500'"

    init(_ request: HTTPRequest) throws(GatewayError) {
        for part in request.query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = pair.count == 2 ? String(pair[1]) : ""
            switch pair[0] {
            // Which it is has been seen to.
            case "plan": break
            case "client":
                guard RouteQuestion.isName(value) else {
                    throw .invalid(
                        "'client' is no name",
                        hint: "1 to 100 letters, digits, '.', '_' or '-'")
                }
                reader = value
            case "wait_ms":
                guard let count = Int(value), (0...60_000).contains(count) else {
                    throw .invalid("'wait_ms' is not an integer from 0 to 60000")
                }
                wait = .milliseconds(count)
            default:
                throw .invalid(
                    "'\(pair[0].prefix(60))' is not known", hint: RouteQuestion.hint)
            }
        }
        isStream = request.headers["accept"]?.contains("text/event-stream") == true
        if let tag = request.headers["if-none-match"] ?? request.headers["last-event-id"] {
            known = RouteQuestion.epoch(tag)
        }
        // A stream that is told nothing would be asked for again at once.
        if isStream, wait == .zero { wait = .seconds(60) }
    }

    private static func isName(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// `"7"`, `W/"7"` or `7`.
    private static func epoch(_ tag: String) -> Int64? {
        Int64(tag.drop { $0 == "W" || $0 == "/" || $0 == "\"" }.prefix { $0 != "\"" })
    }
}

/// The route, told to one reader.
struct RouteAnswer {
    var route: Route
    /// How long the reader may begin reads under it, from before it asked; nil: nobody waits for it.
    var span: Duration?
    /// Whether reads by id are to be asked for; else they go to the authority.
    var asksForReads: Bool

    func response(_ question: RouteQuestion) -> HTTPResponse {
        let isKnown = question.known == route.epoch
        if question.isStream { return stream(isKnown: isKnown) }
        var response =
            isKnown
            ? HTTPResponse(status: 304)
            : HTTPResponse(json: { write(&$0) })
        response.headers.add("ETag", "\"\(route.epoch)\"")
        response.headers.add("Cache-Control", "no-store")
        return response
    }

    /// One event, or none where nothing changed; then the reader asks again, as an `EventSource`
    /// does by itself, and so shows what it follows.
    private func stream(isKnown: Bool) -> HTTPResponse {
        var text = "retry: 1\n"
        if isKnown {
            text += ": \(route.epoch) still\n\n"
        } else {
            var writer = JSONWriter()
            writer.object { write(&$0) }
            text += "id: \(route.epoch)\nevent: route\n"
            text += "data: \(String(decoding: writer.bytes, as: UTF8.self))\n\n"
        }
        var response = HTTPResponse(text: text, type: "text/event-stream")
        response.headers.add("Cache-Control", "no-store")
        return response
    }

    private func write(_ writer: inout JSONWriter) {
        writer.write(placesOf: route)
        writer.key("writes")
        writer.write(route.isHeld ? "held" : "open")
        writer.key("reads")
        writer.write(asksForReads ? "ask" : "authority")
        writer.key("weight")
        writer.write(route.weight)
        writer.key("mirror")
        writer.write(route.mirror)
        writer.key("valid_ms")
        if let span { writer.write(Int(span.milliseconds)) } else { writer.writeNull() }
    }
}

extension JSONWriter {
    mutating func write(placesOf route: Route) {
        key("epoch")
        write(route.epoch)
        key("authority")
        write(route.authority.rawValue)
        key("follower")
        if let follower = route.follower { write(follower.rawValue) } else { writeNull() }
        key("acknowledge")
        write(route.acknowledgement.rawValue)
    }
}
