/// Where a process may be made to die. Production passes through; tests stop here.
package protocol CrashPoints: Sendable {
    func reach(_ point: CrashPoint) async
}

package enum CrashPoint: String, Hashable, Sendable, CaseIterable {
    case afterBegin = "after-begin"
    case authorityAcknowledged = "authority-acknowledged"
    case clientAcknowledged = "client-acknowledged"
    case beforeEnd = "before-end"
    case midRepair = "mid-repair"
    case chunkWritten = "chunk-written"
    case windowClosed = "window-closed"
    case epochPublished = "epoch-published"
    case inHold = "in-hold"
    case inSwitched = "in-switched"
}

package struct NoCrashPoints: CrashPoints {
    package init() {}
    package func reach(_ point: CrashPoint) async {}
}
