import Foundation
import Glibc
import PlanCore
import PlanLedger
import PlanRun
import PlanSync

/// Where a run keeps its state: `STATE/NAME/` beside the plan.
struct RunFolder: Sendable {
    let path: String
    private let crashPoints: any CrashPoints

    init(
        _ plan: Plan, _ world: any ExternalWorld, crashPoints: any CrashPoints = NoCrashPoints()
    ) throws {
        self.crashPoints = crashPoints
        let state = try plan.state.resolve(environment: world.environment, read: world.read)
        path = plan.path(state) + "/" + plan.name
    }

    /// For people on another machine, or in another folder.
    var absolute: String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
    var ledger: String { path + "/ledger.sqlite" }
    var runFile: String { path + "/run.json" }
    var hasLedger: Bool { FileManager.default.fileExists(atPath: ledger) }
    var hasRun: Bool { FileManager.default.fileExists(atPath: runFile) }
    /// Whether there is a run that writes to more than the source, or may: one that does not yet is
    /// as good as none to a gateway that has not joined it.
    var movesRecords: Bool {
        get async {
            guard hasRun else { return false }
            guard let ledger = try? openLedger(nil) else { return true }
            let route = try? await ledger.read { try $0.route() }
            await ledger.close()
            guard let route else { return true }
            return route.follower != nil || route.authority != .source
        }
    }

    var store: FileRunStore { FileRunStore(folder: path, crashPoints: crashPoints) }
    var isHeld: Bool { RunLock.isHeld(folder: path) }

    func make() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw Diagnostic(
                "cannot make the state folder '\(path)': \(error.localizedDescription)",
                hint: "see 'state' in the plan, and who may write there")
        }
    }

    func openLedger(_ id: String?) throws -> SQLiteLedger {
        try SQLiteLedger.open(path: ledger, expecting: id, host: Host.name)
    }

    func createLedger(_ id: String, epoch: Int64) throws -> SQLiteLedger {
        try SQLiteLedger.create(path: ledger, id: id, epoch: epoch, host: Host.name)
    }
}

/// This machine and this person, for records that people read.
enum Host {
    static var process: Int32 { getpid() }

    static var name: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "unknown" }
        return String(
            decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static var user: String {
        let variables = ProcessInfo.processInfo.environment
        if let user = variables["SUDO_USER"] ?? variables["USER"], !user.isEmpty { return user }
        guard let entry = getpwuid(getuid()) else { return "uid \(getuid())" }
        return String(cString: entry.pointee.pw_name)
    }
}
