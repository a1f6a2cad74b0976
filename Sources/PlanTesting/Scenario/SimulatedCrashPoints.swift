import PlanCore
import PlanSync

/// Counts the crash points that a process passes, and makes it die at some of them.
package struct SimulatedCrashPoints: CrashPoints {
    let process: SimulatedProcess
    let probability: Double
    let isOver: @Sendable () -> Bool

    package func reach(_ point: CrashPoint) async {
        guard !process.isDead, !isOver() else { return }
        let dies = process.world.draw { $0.chance(probability) }
        guard dies else { return }
        process.world.count("crash: \(point.rawValue)")
        process.world.note(process.name, "dies at \(point.rawValue)")
        process.kill()
    }
}
