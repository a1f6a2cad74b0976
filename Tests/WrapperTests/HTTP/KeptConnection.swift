import Foundation
import Glibc
import TestServers

/// A plain connection that is kept, to ask over it again and again.
struct KeptConnection: Sendable {
    private let descriptor: Int32

    /// nil where nobody listens.
    init?(port: Int) {
        descriptor = RawClient.connect(port: port)
        guard descriptor >= 0 else { return nil }
        var wait = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    }

    func end() { close(descriptor) }

    /// The answer; nil where the connection ended before it.
    func ask(_ path: String = "/") async -> String? {
        guard send(path) else { return nil }
        return await answer()
    }

    /// To a request that was sent.
    func answer() async -> String? {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: receive()) }
        }
    }

    /// False once nobody takes it.
    func send(_ path: String = "/") -> Bool {
        let bytes = Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let sent = bytes.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        return sent == bytes.count
    }

    /// As `answer`, on the caller's own thread.
    func receive() -> String? {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !KeptConnection.isWhole(text) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return text
    }

    private static func isWhole(_ text: String) -> Bool {
        let parts = text.split(
            separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        let mark = "content-length: "
        let field = parts[0].lowercased().split(separator: "\r\n").first { $0.hasPrefix(mark) }
        let length = field.flatMap { Int($0.dropFirst(mark.count)) } ?? 0
        return parts[1].utf8.count >= length
    }
}

extension String {
    /// Whether it is an answer that ends its connection.
    var closes: Bool { lowercased().contains("connection: close") }
}
