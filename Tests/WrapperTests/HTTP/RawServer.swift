import Foundation
import Glibc
import Synchronization

/// A server that answers the first request on each connection, and at the second hangs up without
/// a word once it has all of it: what a server does that closes just as the client sends.
final class RawServer: Sendable {
    let port: Int
    private let listener: Int32
    private let seen = Mutex(0)

    /// Requests that came in whole.
    var requests: Int { seen.withLock { $0 } }

    init?() {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = listener
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(fd, pointer, length) == 0 && listen(fd, 16) == 0
                    ? getsockname(fd, pointer, &length) : -1
            }
        }
        guard code == 0 else { return nil }
        port = Int(in_port_t(bigEndian: address.sin_port))
    }

    func start() {
        Thread.detachNewThread { [self] in
            while true {
                let fd = accept(listener, nil, nil)
                guard fd >= 0 else {
                    close(listener)
                    return
                }
                serve(fd)
                close(fd)
            }
        }
    }

    /// The thread closes the listener: closed here, its number might be another server's by the
    /// time the thread accepts again, and that server's client would wait for ever.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ fd: Int32) {
        guard takeRequest(fd) else { return }
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
        _ = answer.withUnsafeBytes { send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        _ = takeRequest(fd)
    }

    /// Up to the letter `!`, with which every body here ends.
    private func takeRequest(_ fd: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(fd, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            if buffer[..<count].contains(UInt8(ascii: "!")) {
                seen.withLock { $0 += 1 }
                return true
            }
        }
    }
}
