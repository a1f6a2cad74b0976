import Hash
import PlanCore
import PlanRun
import PlanSync

/// A valid plan with its stores and its state folder: what every command that acts begins with.
struct Workbench: Sendable {
    var file: PlanFile
    let world: RealWorld
    let folder: RunFolder
    let source: any VectorStore
    let target: any VectorStore
    let time = RealTime()
    let crashPoints: any CrashPoints

    var plan: Plan { file.plan }

    init(_ path: String) throws { try self.init(try PlanFile.load(path)) }

    init(_ file: PlanFile) throws {
        world = RealWorld()
        self.file = file
        crashPoints = try SelfKill.crashPoints(world)
        folder = try RunFolder(file.plan, world, crashPoints: crashPoints)
        let stores = try StoreOpener(plan: file.plan, world: world).pair()
        source = stores.source
        target = stores.target
    }

    /// Connections of their own, as many again.
    func anotherPair() throws -> StorePair { try StoreOpener(plan: plan, world: world).pair() }

    var settings: SyncSettings {
        var settings = SyncSettings()
        settings.quarantine = max(plan.source.quarantine, plan.target.quarantine)
        settings.followerAckMax = plan.gateway.followerAckMax
        settings.writePauseMax = plan.writePauseMax
        return settings
    }

    static func noCollection(_ plan: Plan) -> Diagnostic {
        Diagnostic(
            "the source has no collection '\(plan.source.collection)'",
            hint: "see 'source' in the plan")
    }

    /// A namespace of our own: the UUID is that of the type-tagged id.
    @Sendable static func uuid5(_ name: String) -> String {
        // 6f2b7f0e-7b4c-5a53-9a3e-c0ffee5fade0
        UUID5.make(
            namespace: [
                0x6f, 0x2b, 0x7f, 0x0e, 0x7b, 0x4c, 0x5a, 0x53, 0x9a, 0x3e, 0xc0, 0xff, 0xee,
                0x5f, 0xad, 0xe0,
            ], name: name)
    }

    func environment(
        _ ledger: any Ledger, observer: any StoreObserver = NoObserver(),
        mirrorStores: StorePair? = nil, patience: Patience = .whole
    ) async throws -> SyncEnvironment {
        let identities = IdentityCheck(bench: self)
        return SyncEnvironment(
            ledger: ledger, source: source, target: target, mirrorStores: mirrorStores,
            mapping: try await mapping(patience), time: time, settings: settings,
            crashPoints: crashPoints,
            observer: observer, confirm: { try await identities.confirm($0) },
            confirmFilled: { try await identities.confirmFilled($0) })
    }

    func store(_ side: Side) -> any VectorStore { side == .source ? source : target }

    func close() async {
        await source.close()
        await target.close()
    }
}
