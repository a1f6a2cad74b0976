import PlanSync

/// One of the processes of a run.
enum Role: Hashable, Sendable, CaseIterable {
    case executor, gatewayOne, gatewayTwo, worker

    var name: String {
        switch self {
        case .executor: "executor"
        case .gatewayOne: "gateway-0"
        case .gatewayTwo: "gateway-1"
        case .worker: "worker"
        }
    }

    /// What the report calls it.
    var kind: String {
        switch self {
        case .executor: "executor"
        case .gatewayOne, .gatewayTwo: "gateway"
        case .worker: "worker"
        }
    }

    /// Where it may die, and the largest of the counts to draw from.
    var points: [CrashPoint: Int] {
        switch self {
        case .executor:
            [
                .ledgerMade: 1, .stateWritten: 8, .stateRenamed: 8, .chunkWritten: 6,
                .windowClosed: 6, .epochPublished: 4, .inHold: 1, .inSwitched: 1,
            ]
        case .gatewayOne, .gatewayTwo:
            [
                .afterBegin: 40, .authoritySent: 40, .authorityAcknowledged: 40,
                .clientAcknowledged: 40, .followerSent: 40, .beforeEnd: 40, .midRepair: 1,
            ]
        case .worker: [.chunkWritten: 4, .windowClosed: 4, .midRepair: 1]
        }
    }
}
