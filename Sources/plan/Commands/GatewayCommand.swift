import PlanCore

enum GatewayCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        if arguments.operands[0] == "evict" {
            guard arguments.operands.count == 3 else {
                throw Arguments.Misuse(
                    message: "'plan gateway evict' needs FILE NAME",
                    hint: "'plan status FILE' names the gateways")
            }
            return try await PersonCommands.evict(arguments.operands[1], arguments.operands[2])
        }
        let listen = try address(arguments, "listen")
        let admin = try address(arguments, "admin")
        var benches = try arguments.operands.map { try Workbench($0) }
        for index in benches.indices {
            if let listen { benches[index].file.plan.gateway.listen = listen }
            if let admin { benches[index].file.plan.gateway.admin = admin }
        }
        try GatewayPlans.check(benches.map(\.plan))
        Signals.watch()
        let name = arguments.value("name") ?? "\(Host.name):\(Host.process)"
        let host = try GatewayHost(.init(benches: benches, name: name))
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await host.run() }
                group.addTask {
                    try await Signals.interruption()
                    throw CancellationError()
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch is CancellationError {}
        for bench in benches { await bench.close() }
        return .done
    }

    private static func address(
        _ arguments: Arguments, _ name: String
    ) throws -> HostPort? {
        guard let text = arguments.value(name) else { return nil }
        guard let address = HostPort(text) else {
            throw Arguments.Misuse(
                message: "'\(text)' is no HOST:PORT", hint: "such as 127.0.0.1:6333")
        }
        guard address.isLoopback else {
            throw Arguments.Misuse(
                message: "'--\(name)' takes a loopback address alone",
                hint: "other addresses stand in the plan, with their TLS and tokens")
        }
        return address
    }
}
