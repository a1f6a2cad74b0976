package struct AttachOptions: Hashable, Sendable {
    /// Empty where the application was pointed at the gateway by hand.
    package var config: [ConfigChange]

    package init(config: [ConfigChange] = []) { self.config = config }
}
