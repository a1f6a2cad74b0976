/// A plan file as it was meant: every default filled in, every unit resolved.
///
/// Made by `PlanParser` of PlanSyntax; a value of this type has passed every check that needs no
/// connection.
package struct Plan: Hashable, Sendable {
    /// The `plan:` line's version.
    package static let format = 1

    /// The file as the user named it. Relative paths in a plan start at its folder.
    package var file: String
    /// `[a-z0-9-]{1,63}`; names the run.
    package var name: String
    package var description: String
    /// The folder that holds the runs' folders. A relative one starts at the plan's folder.
    package var state: ValueReference
    package var source: StoreEndpoint
    package var target: StoreEndpoint
    package var mapping = MappingRules()
    package var gateway = GatewaySettings()
    package var notify: [NotificationRule] = []
    package var steps: [Step] = []

    package init(
        file: String, name: String, description: String = "",
        state: ValueReference = .literal(".plan"), source: StoreEndpoint, target: StoreEndpoint
    ) {
        self.file = file
        self.name = name
        self.description = description
        self.state = state
        self.source = source
        self.target = target
    }

    /// The plan file's folder, without a trailing slash; `.` where the name has none.
    package var folder: String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }

    /// A path of this plan, seen from where the process runs.
    package func path(_ path: String) -> String {
        if path.hasPrefix("/") || folder == "." { return path }
        return folder == "/" ? "/" + path : folder + "/" + path
    }

    package func endpoint(_ side: Side) -> StoreEndpoint { side == .source ? source : target }

    package func step(named name: String) -> Step? { steps.first { $0.name == name } }

    /// How long a held write may wait: the cutover's, or its default.
    package var writePauseMax: Duration {
        for step in steps {
            if case .cutover(let options) = step.kind { return options.writePauseMax }
        }
        return CutoverOptions().writePauseMax
    }
}
