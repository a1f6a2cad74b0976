/// Wrong designs of the protocol, each once tried and found wrong. Tests switch them on to see
/// that the simulation catches them; nothing else can: the default is none.
package struct ProtocolFlaws: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// A writer clears the key's mark when its own write ends.
    package static let clearMarkOnCompletion = ProtocolFlaws(rawValue: 1 << 0)
    /// The copier copies without a window.
    package static let copyWithoutWindow = ProtocolFlaws(rawValue: 1 << 1)
    /// A window ignores the intents that are pending when it opens.
    package static let windowIgnoresPending = ProtocolFlaws(rawValue: 1 << 2)
    /// A repair chooses its direction before its transaction.
    package static let repairFromMemory = ProtocolFlaws(rawValue: 1 << 3)
    /// Writes do not mark a key that another intent is open on.
    package static let overlapUnmarked = ProtocolFlaws(rawValue: 1 << 4)
    /// The authority moves while keys are dirty or intents open.
    package static let flipWhileDirty = ProtocolFlaws(rawValue: 1 << 5)
    /// A flip counts as done before the gateways acknowledged it.
    package static let flipWithoutWaiting = ProtocolFlaws(rawValue: 1 << 6)
    /// Reads by id go by the gateway's own route, whatever the ledger says of the key.
    package static let readByOwnRoute = ProtocolFlaws(rawValue: 1 << 7)
    /// A repair forgets that the authority may have no record: the delete is not copied.
    package static let tombstoneForgotten = ProtocolFlaws(rawValue: 1 << 8)
    /// The checkpoint is saved before the window is closed.
    package static let checkpointBeforeClose = ProtocolFlaws(rawValue: 1 << 9)
    /// Unknown outcomes are reclaimed at once.
    package static let noQuarantine = ProtocolFlaws(rawValue: 1 << 10)
    /// Repairs and checks read an authority of bounded staleness at once.
    package static let readStaleAuthority = ProtocolFlaws(rawValue: 1 << 11)
    /// An intent of a dead owner is dropped without a mark.
    package static let reclaimUnmarked = ProtocolFlaws(rawValue: 1 << 12)
    /// Copying begins while single writes of unknown outcome may still land.
    package static let copyAtOnce = ProtocolFlaws(rawValue: 1 << 13)
}
