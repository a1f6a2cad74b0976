/// What the process tells its caller.
enum ExitCode: Int32, Sendable {
    case done = 0
    case error = 1
    case usage = 2
    case guardFailed = 3
    case waiting = 4
    case rolledBack = 5
    case heldElsewhere = 6
    /// Ctrl-C: the run resumes with the next `apply`.
    case interrupted = 130
}
