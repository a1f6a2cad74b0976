import Glibc

/// One client's connection to a `FaultProxy` that speaks PostgreSQL's protocol: whatever one end
/// says goes to the other at once. What a client says in one breath is one request.
struct PostgresFaults {
    let proxy: FaultProxy

    func serve(_ client: Int32) {
        guard let server = proxy.connectToServer() else { return }
        defer { proxy.drop(server) }
        var isSwallowing = false
        var swallowed: [UInt8] = []
        while true {
            var waits = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&waits, 2, -1) > 0 else { return }
            if waits[0].revents != 0 {
                guard let said = Loopback.receive(client) else { return }
                switch proxy.take(FaultProxy.Request(said)) {
                case .resetBefore:
                    proxy.reset(client)
                    return
                case .resetAfter: isSwallowing = true
                default: break
                }
                guard Loopback.send(server, said) else { return }
            }
            if waits[1].revents != 0 {
                guard let said = Loopback.receive(server) else { return }
                if isSwallowing {
                    swallowed += said
                    guard isDone(swallowed) else { continue }
                    proxy.reset(client)
                    return
                }
                guard Loopback.send(client, said) else { return }
            }
        }
    }

    /// ReadyForQuery: the server has done what it was asked, and committed where it was to.
    private func isDone(_ answer: [UInt8]) -> Bool {
        answer.dropLast().suffix(5).elementsEqual([UInt8(ascii: "Z"), 0, 0, 0, 5])
    }
}
