package struct DetachOptions: Hashable, Sendable {
    /// How long the gateways must have seen no traffic.
    package var idle: Duration = .seconds(600)
    package var config: [ConfigChange] = []

    package init() {}
}
