import Glibc

/// Ports in a row that nobody listens on, below the range from which the kernel takes ports for
/// clients.
enum Ports {
    static func free(_ count: Int, besides taken: Int = 0) -> Int {
        for _ in 0..<200 {
            let first = Int.random(in: 10_000..<30_000)
            let isApart = abs(first - taken) > count
            if isApart, (first..<first + count).allSatisfy(isFree) { return first }
        }
        return 30_001
    }

    private static func isFree(_ port: Int) -> Bool {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard handle >= 0 else { return false }
        defer { close(handle) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
