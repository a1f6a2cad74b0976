/// Where a process may be made to die. Production passes through; tests stop here.
package protocol CrashPoints: Sendable {
    func reach(_ point: CrashPoint) async

    /// The same in code that must not suspend, such as the replacing of a file.
    func reachBlocking(_ point: CrashPoint)
}

extension CrashPoints {
    package func reachBlocking(_ point: CrashPoint) {}
}

package enum CrashPoint: String, Hashable, Sendable, CaseIterable {
    case afterBegin = "after-begin"
    /// The request is on its way: nobody can say whether the store has it.
    case authoritySent = "authority-sent"
    case authorityAcknowledged = "authority-acknowledged"
    case clientAcknowledged = "client-acknowledged"
    case followerSent = "follower-sent"
    case beforeEnd = "before-end"
    case midRepair = "mid-repair"
    case chunkWritten = "chunk-written"
    case windowClosed = "window-closed"
    case epochPublished = "epoch-published"
    case inHold = "in-hold"
    case inSwitched = "in-switched"
    /// There is a ledger, and no `run.json` beside it yet.
    case ledgerMade = "ledger-made"
    /// The new `run.json` is whole beside the old one.
    case stateWritten = "state-written"
    /// The new `run.json` has its name, and the folder is not synced.
    case stateRenamed = "state-renamed"

    /// Whether a simulated process dies there too; the rest is in files and requests alone.
    package var isSimulated: Bool {
        switch self {
        case .authoritySent, .followerSent, .ledgerMade, .stateWritten, .stateRenamed: false
        default: true
        }
    }
}

package struct NoCrashPoints: CrashPoints {
    package init() {}
    package func reach(_ point: CrashPoint) async {}
}
