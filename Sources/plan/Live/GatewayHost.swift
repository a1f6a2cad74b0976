import PlanCore
import PlanSync

/// A gateway's life: pass through, join the run when there is one, serve until told to end.
struct GatewayHost {
    struct Options {
        let bench: Workbench
        let name: String
    }

    init(_ options: Options) {}

    func run() async throws {}
}
