import HTTPServer
import PlanCore
import PlanGateway
import TestServers
import Testing

/// One way to say something wrong, or something right that few ever say, and what it gets.
struct MalformedRequest: Sendable, CustomTestStringConvertible {
    enum Reply: Hashable, Sendable {
        /// The answer, and the connection is closed: whatever follows is not read as a request.
        case closes(Int)
        /// The answer, and the connection stays: what follows is the next request.
        case stays(Int)
        /// Closed without a word.
        case silence
        /// Several answers, then closed, because the client asked for that or is gone.
        case several([Int])
        /// Nobody is there to be answered.
        case nobody
    }

    /// Whose patience is tried: shorter deadlines, so that the test need not wait for long.
    enum Haste: Hashable, Sendable { case none, deadlines }

    var name: String
    /// What is sent, in words for the table.
    var sent: String
    var reply: Reply
    var pieces: [[UInt8]]
    var ending = RawClient.Ending.reads
    var haste = Haste.none
    /// Microseconds before each piece but the first.
    var pause: UInt32 = 20_000

    init(
        _ name: String, _ sent: String, _ reply: Reply, _ pieces: String...,
        ending: RawClient.Ending = .reads, haste: Haste = .none
    ) {
        self.init(
            name, sent, reply, bytes: pieces.map { Array($0.utf8) }, ending: ending, haste: haste)
    }

    init(
        _ name: String, _ sent: String, _ reply: Reply, bytes: [[UInt8]],
        ending: RawClient.Ending = .reads, haste: Haste = .none, pause: UInt32 = 20_000
    ) {
        self.name = name
        self.sent = sent
        self.reply = reply
        self.pieces = bytes
        self.ending = ending
        self.haste = haste
        self.pause = pause
    }

    var testDescription: String { name }

    /// As the page of the documentation has it.
    var row: String { "| \(name) | \(sent) | \(MalformedRequest.text(reply)) |" }

    static func text(_ reply: Reply) -> String {
        switch reply {
        case .closes(let status): "\(status), closed"
        case .stays(let status): "\(status)"
        case .silence: "closed"
        case .several(let statuses):
            statuses.map(String.init).joined(separator: ", then ") + ", closed"
        case .nobody: "nothing"
        }
    }

    /// With what follows it on the connection.
    var bytes: [[UInt8]] {
        let next: String
        switch reply {
        case .closes:
            let body = #"{"records":[{"id":"smuggled","vector":[1,2,3]}]}"#
            next =
                "PUT /v1/records HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
                + "\(body.utf8.count)\r\n\r\n\(body)"
        case .stays: next = MalformedRequest.get("Connection: close\r\n")
        case .silence, .several, .nobody: return pieces
        }
        guard let last = pieces.last else { return [Array(next.utf8)] }
        return pieces.dropLast() + [last + Array(next.utf8)]
    }

    static func get(_ fields: String = "") -> String {
        "GET /v1/count HTTP/1.1\r\nHost: 127.0.0.1\r\n\(fields)\r\n"
    }

    static func line(_ line: String, _ fields: String = "") -> String {
        "\(line)\r\nHost: 127.0.0.1\r\n\(fields)\r\n"
    }

    static let query = #"{"vector":[1,2,3]}"#

    /// A search, with the fields that frame its body.
    static func post(_ fields: String, _ body: String = MalformedRequest.query) -> String {
        line("POST /v1/search HTTP/1.1", fields) + body
    }

    static func chunks(_ body: String) -> String {
        post("Transfer-Encoding: chunked\r\n", body)
    }

    static func json(_ body: [UInt8], _ fields: String = "") -> [UInt8] {
        Array(post("\(fields)Content-Length: \(body.count)\r\n", "").utf8) + body
    }
}
