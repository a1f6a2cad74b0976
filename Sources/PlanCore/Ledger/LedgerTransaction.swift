/// The rows of the ledger, inside one transaction. The protocol's rules stand above it, once,
/// whatever database is below.
package protocol LedgerTransaction {
    // The route
    func route() throws -> Route
    /// The caller has read the route in this transaction: `next.epoch` is one more.
    func setRoute(_ next: Route) throws

    // Intents
    func insert(_ intent: Intent) throws
    func intent(_ id: Int64) throws -> Intent?
    /// False where it was already gone.
    func deleteIntent(_ id: Int64) throws -> Bool
    func pendingCount(_ key: RecordID) throws -> Int
    /// All open intents, by id; of one owner where given.
    func intents(owner: Int64?) throws -> [Intent]
    func intents(on key: RecordID) throws -> [Intent]
    func intentCount() throws -> Int

    // Dirty keys
    func isDirty(_ key: RecordID) throws -> Bool
    /// Keeps `since` and `attempts` of a key that is dirty already.
    func markDirty(_ key: RecordID, since: Double) throws
    func setAttempts(_ key: RecordID, _ attempts: Int) throws
    func clearDirty(_ key: RecordID) throws -> Bool
    /// In order of age, only keys without an open intent.
    func repairableKeys(limit: Int) throws -> [DirtyKey]
    func dirtyKeys() throws -> [DirtyKey]
    func dirtyCount() throws -> Int
    func oldestDirty() throws -> DirtyKey?

    // Windows
    func insert(_ window: Window) throws
    func window(_ id: Int64) throws -> Window?
    func deleteWindow(_ id: Int64) throws -> Bool
    func windows() throws -> [Window]
    func touch(_ key: RecordID, window: Int64) throws
    func touched(window: Int64) throws -> [RecordID]

    // Refused keys
    func refuse(_ key: RefusedKey) throws
    func forgetRefusal(_ key: RecordID) throws
    func refusedCount() throws -> Int
    func refusal(of key: RecordID) throws -> RefusedKey?
    func refusedKeys(limit: Int) throws -> [RefusedKey]

    // Chunks
    func insert(_ chunk: Chunk) throws
    func update(_ chunk: Chunk) throws
    func chunk(task: String, number: Int) throws -> Chunk?
    func chunks(task: String) throws -> [Chunk]
    func deleteChunks(task: String) throws
    /// What the owner was at work on waits again, from its cursor.
    func releaseChunks(of owner: Int64) throws

    // Owners and gateways
    func owner(_ number: Int64) throws -> Owner?
    func owners() throws -> [Owner]
    func deleteOwner(_ number: Int64) throws
    func setRole(_ role: Owner.Role, of owner: Int64) throws
    func upsert(_ gateway: GatewayRow) throws
    func gateways() throws -> [GatewayRow]
    func deleteGateway(owner: Int64) throws

    // What people asked, what gateways saw, what the executor tells
    func insert(_ request: PersonRequest) throws
    func requests() throws -> [PersonRequest]
    func deleteRequest(_ id: Int64) throws
    func insert(_ observation: Observation) throws
    /// Those of every gateway past the sequence given for it (0 where none is).
    func observations(after seen: [Int64: Int64]) throws -> [Observation]
    func deleteObservations(gateway: Int64, through sequence: Int64) throws
    func setStatus(_ name: String, _ text: String?) throws
    func status(_ name: String) throws -> String?
}
