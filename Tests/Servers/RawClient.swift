import Foundation
import Glibc

/// Bytes over a plain socket, to say what no proper client would.
package enum RawClient {
    /// What becomes of the connection once all is sent.
    package enum Ending: Hashable, Sendable {
        /// It is read until the server closes.
        case reads
        /// The client says that it will send no more, and reads.
        case halfCloses
        /// The client is gone, and reads nothing.
        case vanishes
    }

    package struct Answer: Sendable {
        package var text: String
        /// By the server; false where it kept silent until patience was over.
        package var isClosed: Bool
    }

    /// Sends the pieces, with a pause before each but the first, and returns all that comes until
    /// the server closes, `answers` heads have come, or `patience` is over.
    package static func talk(
        port: Int, _ pieces: [String], pause: UInt32 = 20_000, answers: Int = .max,
        patience: Int = 10
    ) async -> String {
        await talk(
            port: port, bytes: pieces.map { Array($0.utf8) }, pause: pause, answers: answers,
            patience: patience
        ).text
    }

    package static func talk(
        port: Int, bytes: [[UInt8]], ending: Ending = .reads, pause: UInt32 = 20_000,
        answers: Int = .max, patience: Int = 10
    ) async -> Answer {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    returning: exchange(port, bytes, ending, pause, answers, patience))
            }
        }
    }

    /// A connection that says nothing; −1 where there is none.
    package static func connect(port: Int) -> Int32 {
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
        _ port: Int, _ pieces: [[UInt8]], _ ending: Ending, _ pause: UInt32, _ answers: Int,
        _ patience: Int
    ) -> Answer {
        let fd = connect(port: port)
        guard fd >= 0 else { return Answer(text: "", isClosed: true) }
        defer { close(fd) }
        var wait = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        for (index, piece) in pieces.enumerated() {
            if index > 0 { usleep(pause) }
            guard sendAll(piece, fd) else { break }
        }
        switch ending {
        case .reads: break
        case .halfCloses: shutdown(fd, Int32(SHUT_WR))
        case .vanishes: return Answer(text: "", isClosed: true)
        }
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: true).count < answers {
            let count = recv(fd, &buffer, buffer.count, 0)
            guard count > 0 else {
                return Answer(text: text, isClosed: count == 0 || errno == ECONNRESET)
            }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return Answer(text: text, isClosed: false)
    }

    /// False once nobody takes any more.
    private static func sendAll(_ piece: [UInt8], _ fd: Int32) -> Bool {
        var bytes = piece[...]
        while !bytes.isEmpty {
            let sent = bytes.withUnsafeBytes {
                send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            bytes = bytes.dropFirst(sent)
        }
        return true
    }
}

extension String {
    /// Of the first answer; 0 where there is none.
    package var status: Int { Int(dropFirst("HTTP/1.1 ".count).prefix(3)) ?? 0 }

    /// Of all answers, in order.
    package var statuses: [Int] {
        components(before: "HTTP/1.").compactMap { Int($0.dropFirst(2).prefix(3)) }
    }

    private func components(before mark: String) -> [Substring] {
        split(separator: mark, omittingEmptySubsequences: true)
    }
}
