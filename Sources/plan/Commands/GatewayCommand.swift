enum GatewayCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode { .done }
}
