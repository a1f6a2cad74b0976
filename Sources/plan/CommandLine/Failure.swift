import PlanCore
import PlanReport
import PlanRun
import PlanSync

/// What went wrong, said once, with what to do next.
enum Failure {
    static func report(_ error: any Error) -> ExitCode {
        switch error {
        case let misuse as Arguments.Misuse:
            say(misuse.message, misuse.hint)
            return .usage
        case let diagnostics as Diagnostics:
            Terminal.complain(DiagnosticFormat.text.render(diagnostics.all))
            return .usage
        case let diagnostic as Diagnostic:
            say(diagnostic.message, diagnostic.hint)
            return .error
        case is RunOpener.HeldElsewhere:
            say("another process holds this run", "see 'plan status'; 'plan pause' asks it to stop")
            return .heldElsewhere
        case let error as StoreError:
            say(error.description, hint(error))
            return .error
        case let error as LedgerError:
            say(error.description, hint(error))
            return .error
        case is CancellationError:
            return .interrupted
        default:
            say(String(describing: error), nil)
            return .error
        }
    }

    static func say(_ message: String, _ hint: String?) {
        Terminal.complain("error: \(message)")
        if let hint { Terminal.complain("hint: \(hint)") }
    }

    static func hint(_ error: LedgerError) -> String? {
        switch error {
        case .newer: "use the build that wrote it, or a newer one"
        case .unavailable, .unknownCommit:
            "see that its disk has room and can be written, and that no process of the run is stopped; "
                + "then run the same command again"
        case .lost, .evicted: nil
        case .foreign: "give each plan a 'state' folder of its own"
        case .unreadable: "plan recover FILE makes a new one; every key is then compared again"
        }
    }

    private static func hint(_ error: StoreError) -> String? {
        switch error.kind {
        case .unreachable: "see that the store runs and that its address in the plan is right"
        case .unauthorized: "see the credentials that the plan refers to"
        case .readOnly: "the store must take writes while a plan runs"
        default: nil
        }
    }
}
