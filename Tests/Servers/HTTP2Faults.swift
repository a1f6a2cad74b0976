import Foundation

/// One client's connection to a `FaultProxy` that speaks HTTP/2: one request of up to 64 kB, which
/// the client sends without waiting for anything, and its answer with trailers.
struct HTTP2Faults {
    /// A frame's head: three bytes of length, type, flags, four of the stream (RFC 9113, 4.1).
    private struct Frame {
        static let headSize = 9
        var type: UInt8
        var isLast: Bool
        var payload: ArraySlice<UInt8>
    }

    private static let preface = 24
    private static let data: UInt8 = 0
    private static let headers: UInt8 = 1

    let proxy: FaultProxy

    func serve(_ client: Int32, _ begun: [UInt8]) {
        guard let request = read(client, begun, from: HTTP2Faults.preface) else { return }
        let frames = HTTP2Faults.frames(request[HTTP2Faults.preface...])
        let body = frames.filter { $0.type == HTTP2Faults.data }.flatMap(\.payload)
        let fault = proxy.take(FaultProxy.Request(body))
        if fault == .resetBefore {
            proxy.reset(client)
            return
        }
        guard let server = proxy.connectToServer() else { return }
        defer { proxy.drop(server) }
        guard Loopback.send(server, request), let answer = read(server, [], from: 0) else { return }
        switch fault {
        case .resetAfter: proxy.reset(client)
        case .garbage: Loopback.send(client, "SSH-2.0-nobody\r\n".utf8)
        case .stall:
            Loopback.send(client, answer.prefix(answer.count / 2))
            while Loopback.receive(client) != nil {}
        default:
            Loopback.send(client, answer)
            // It closes when it has read all.
            while Loopback.receive(client) != nil {}
        }
    }

    /// All up to the end of the stream; nil where the connection ends before.
    private func read(_ fd: Int32, _ begun: [UInt8], from start: Int) -> [UInt8]? {
        var bytes = begun
        while true {
            if bytes.count >= start, HTTP2Faults.frames(bytes[start...]).contains(where: \.isLast) {
                return bytes
            }
            guard let more = Loopback.receive(fd) else { return nil }
            bytes += more
        }
    }

    /// Those that are there whole.
    private static func frames(_ bytes: ArraySlice<UInt8>) -> [Frame] {
        var rest = bytes
        var frames: [Frame] = []
        while rest.count >= Frame.headSize {
            let head = Array(rest.prefix(Frame.headSize))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard rest.count >= Frame.headSize + length else { break }
            frames.append(
                Frame(
                    type: head[3], isLast: head[3] <= headers && head[4] & 1 == 1,
                    payload: rest.dropFirst(Frame.headSize).prefix(length)))
            rest = rest.dropFirst(Frame.headSize + length)
        }
        return frames
    }
}
