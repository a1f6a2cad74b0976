import Foundation

/// One client's connection to a `FaultProxy` that speaks HTTP: request and answer in turn.
struct HTTPFaults {
    private struct Message {
        var head: [UInt8]
        var body: [UInt8]
    }

    let proxy: FaultProxy

    func serve(_ client: Int32) {
        while let request = message(client, isAnswer: false) {
            if request.head.starts(with: "PRI ".utf8) {
                HTTP2Faults(proxy: proxy).serve(client, request.head + request.body)
                return
            }
            let fault = proxy.take(FaultProxy.Request(request.head + request.body))
            switch fault {
            case .resetBefore:
                proxy.reset(client)
                return
            case .answer(let text):
                guard Loopback.send(client, text.utf8) else { return }
                continue
            case .flood:
                flood(client)
                return
            default: break
            }
            guard let answer = ask(request), deliver(answer, to: client, fault) else { return }
        }
    }

    private func flood(_ client: Int32) {
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(1 << 30)\r\n\r\n"
        let block = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
        var isTaken = Loopback.send(client, head.utf8)
        for _ in 0..<1_024 where isTaken { isTaken = Loopback.send(client, block) }
    }

    /// On a connection of its own: the server may have closed one that was idle.
    private func ask(_ request: Message) -> Message? {
        guard let server = proxy.connectToServer() else { return nil }
        defer { proxy.drop(server) }
        guard Loopback.send(server, request.head + request.body) else { return nil }
        return message(server, isAnswer: true)
    }

    /// False where the connection is over.
    private func deliver(
        _ answer: Message, to client: Int32, _ fault: FaultProxy.Fault?
    ) -> Bool {
        let half = answer.body.prefix(answer.body.count / 2)
        switch fault {
        case .resetAfter:
            proxy.reset(client)
            return false
        case .late(let milliseconds):
            Thread.sleep(forTimeInterval: Double(milliseconds) / 1_000)
            return Loopback.send(client, answer.head + answer.body)
        case .stall:
            Loopback.send(client, answer.head + half)
            while Loopback.receive(client) != nil {}
            return false
        case .truncate:
            let status = String(decoding: answer.head.prefix { $0 != 13 }, as: UTF8.self)
            let head =
                "\(status)\r\ncontent-type: application/json\r\n"
                + "content-length: \(half.count)\r\n\r\n"
            return Loopback.send(client, head.utf8 + half)
        case .garbage:
            Loopback.send(client, "\u{0}\u{1}SSH-2.0-nobody\r\n\u{fffd}\r\n\r\n".utf8)
            return false
        default:
            return Loopback.send(client, answer.head + answer.body)
        }
    }

    /// A whole message; nil where the connection ends before it does.
    private func message(_ fd: Int32, isAnswer: Bool) -> Message? {
        var bytes: [UInt8] = []
        var end: Int?
        while end == nil {
            guard let more = Loopback.receive(fd) else { return nil }
            bytes += more
            end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound
        }
        guard let end else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
        let isBare = head.hasPrefix("http/1.1 204") || head.hasPrefix("http/1.1 304")
        if let length = field("content-length", of: head).flatMap({ Int($0) }) {
            while bytes.count < end + length {
                guard let more = Loopback.receive(fd) else { return nil }
                bytes += more
            }
        } else if field("transfer-encoding", of: head) == "chunked" {
            while !bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8) {
                guard let more = Loopback.receive(fd) else { return nil }
                bytes += more
            }
        } else if isAnswer, !isBare {
            while let more = Loopback.receive(fd) { bytes += more }
        }
        return Message(head: Array(bytes[..<end]), body: Array(bytes[end...]))
    }

    private func field(_ name: String, of head: String) -> String? {
        let line = head.split(separator: "\r\n").first { $0.hasPrefix(name + ":") }
        return line.map {
            $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
        }
    }
}
