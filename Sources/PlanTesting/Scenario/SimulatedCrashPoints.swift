import PlanCore
import PlanSync

/// Counts the crash points that a process passes, and makes it die at some of them, or fall asleep.
package struct SimulatedCrashPoints: CrashPoints {
    let process: SimulatedProcess
    let profile: Profile
    let isOver: @Sendable () -> Bool

    package func reach(_ point: CrashPoint) async {
        if point == .authoritySent { await process.fallAsleep() }
        guard point.isSimulated, !process.isDead, !isOver() else { return }
        let isHolding = point == .inHold || point == .inSwitched
        let chance = max(profile.crashes * point.rarity, isHolding ? profile.holdDeaths : 0)
        let dies = process.world.draw { $0.chance(chance) }
        guard dies else { return }
        process.world.count("crash: \(point.rawValue)")
        process.world.note(process.name, "dies at \(point.rawValue)")
        process.kill()
    }
}

extension CrashPoint {
    /// How seldom a run passes the point, beside those that each write passes: without it the
    /// rare ones would hardly ever be died at.
    fileprivate var rarity: Double {
        switch self {
        case .afterBegin, .authorityAcknowledged, .clientAcknowledged, .beforeEnd, .midRepair: 1
        case .chunkWritten, .windowClosed: 5
        case .epochPublished, .inHold, .inSwitched: 15
        case .authoritySent, .followerSent, .ledgerMade, .stateWritten, .stateRenamed: 0
        }
    }
}
