/// One file of the application's own configuration, and how the application takes it up.
package struct ConfigChange: Hashable, Sendable {
    /// One value in the file.
    package struct Setting: Hashable, Sendable {
        /// Keys from the top of the file, `vector_db_config`, `host`; digits index a list.
        package var path: [String]
        /// As the plan spells it, without quotes.
        package var value: String
        /// False for a value that the plan quotes: it stays a string whatever it looks like.
        package var isPlain: Bool

        package init(path: [String], value: String, isPlain: Bool) {
            self.path = path
            self.value = value
            self.isPlain = isPlain
        }
    }

    package enum Reload: Hashable, Sendable {
        /// `HUP`, `USR1`, … to the process whose number is in the file.
        case signal(String, pidFile: String)
        case action(ExternalAction)
    }

    /// Asked until it succeeds: the application has taken the change up.
    package struct Confirm: Hashable, Sendable {
        package var action: ExternalAction
        /// Asked in its place once the file was put back; nil: the same.
        package var restored: ExternalAction?
        package var timeout: Duration

        package init(action: ExternalAction, timeout: Duration = .seconds(60)) {
            self.action = action
            self.timeout = timeout
        }
    }

    package var file: String
    /// In the plan's order; at least one.
    package var set: [Setting]
    package var reload: Reload?
    /// Always there in a cutover.
    package var confirm: Confirm?
    package var line = 0

    package init(file: String, set: [Setting], reload: Reload? = nil, confirm: Confirm? = nil) {
        self.file = file
        self.set = set
        self.reload = reload
        self.confirm = confirm
    }
}
