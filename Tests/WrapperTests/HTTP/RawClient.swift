import Glibc

/// Bytes over a plain socket, to say what no proper client would.
enum RawClient {
    /// Sends the pieces, with a pause before each but the first, and returns all that comes until
    /// the server closes, `answers` heads have come, or `patience` is over.
    static func talk(
        port: Int, _ pieces: [String], pause: UInt32 = 20_000, answers: Int = .max,
        patience: Int = 10
    ) async -> String {
        await withCheckedContinuation { continuation in
            onThread {
                continuation.resume(
                    returning: exchange(port, pieces, pause, answers, patience))
            }
        }
    }

    /// A connection that says nothing; −1 where there is none.
    static func connect(port: Int) -> Int32 {
        let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            close(fd)
            return -1
        }
        return fd
    }

    private static func exchange(
        _ port: Int, _ pieces: [String], _ pause: UInt32, _ answers: Int, _ patience: Int
    ) -> String {
        let fd = connect(port: port)
        guard fd >= 0 else { return "" }
        defer { close(fd) }
        var wait = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        for (index, piece) in pieces.enumerated() {
            if index > 0 { usleep(pause) }
            var bytes = Array(piece.utf8)[...]
            while !bytes.isEmpty {
                let sent = bytes.withUnsafeBytes {
                    send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { break }
                bytes = bytes.dropFirst(sent)
            }
        }
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: true).count < answers {
            let count = recv(fd, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return text
    }

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func onThread(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Body(run)).toOpaque())
        pthread_detach(thread)
    }
}

extension String {
    /// Of the first answer; 0 where there is none.
    var status: Int { Int(dropFirst("HTTP/1.1 ".count).prefix(3)) ?? 0 }
}
