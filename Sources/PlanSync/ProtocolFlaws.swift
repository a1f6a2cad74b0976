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
    /// A window forgets what ended inside it.
    package static let windowForgetsEnded = ProtocolFlaws(rawValue: 1 << 14)
    /// Owners are taken for dead though they live.
    package static let reclaimLiving = ProtocolFlaws(rawValue: 1 << 15)
    /// Who finds its intent gone does not mark its key.
    package static let wakeUnmarked = ProtocolFlaws(rawValue: 1 << 16)
    /// A dead owner's window is dropped without marking what was touched.
    package static let deadWindowDropped = ProtocolFlaws(rawValue: 1 << 17)
    /// A backfill leaves in the target what the source does not hold.
    package static let copyWithoutSweep = ProtocolFlaws(rawValue: 1 << 18)
    /// Authority moves while windows are open.
    package static let flipUnderWindow = ProtocolFlaws(rawValue: 1 << 19)
    /// Authority moves in one flip.
    package static let authorityInOneFlip = ProtocolFlaws(rawValue: 1 << 20)
    /// A write goes by the gateway's own route, not by the one its transaction reads.
    package static let epochOutsideTransaction = ProtocolFlaws(rawValue: 1 << 21)
    /// A hold is aborted in one flip though reads have moved.
    package static let abortInOneFlip = ProtocolFlaws(rawValue: 1 << 22)
    /// Reads move to the follower before both sides acknowledge each write.
    package static let weightBeforeBoth = ProtocolFlaws(rawValue: 1 << 23)
    /// A delete by filter is sent as deletes by id.
    package static let deleteByFilterExpanded = ProtocolFlaws(rawValue: 1 << 24)
    /// A verification's second look takes no intent.
    package static let recheckWithoutIntent = ProtocolFlaws(rawValue: 1 << 25)
    /// What the follower did not take is sent to it again later, instead of copying what the
    /// authority has by then.
    package static let failureReplayed = ProtocolFlaws(rawValue: 1 << 26)
    /// A commit of unknown outcome is tried again.
    package static let unknownCommitRetried = ProtocolFlaws(rawValue: 1 << 27)
    /// Under `ack: both` a write is answered though its keys wait for a repair.
    package static let overlapAcknowledged = ProtocolFlaws(rawValue: 1 << 28)
    /// Who was struck off while it slept goes on as before.
    package static let evictedUnfenced = ProtocolFlaws(rawValue: 1 << 29)
    /// Who slept for longer than the quarantine goes on without looking whether its intents stand.
    package static let sleeperUnchecked = ProtocolFlaws(rawValue: 1 << 30)
    /// A range whose page is in doubt goes to the next worker at once.
    package static let doubtForgotten = ProtocolFlaws(rawValue: 1 << 33)
    /// A repair of the source writes what the target holds over what says the same, but better.
    package static let reverseLossy = ProtocolFlaws(rawValue: 1 << 31)
    /// A key that is met in the target is spelled as the target spells it.
    package static let keySpelledTwice = ProtocolFlaws(rawValue: 1 << 32)
    /// An application that reads by itself is told the route, and no flip waits for it.
    package static let readerUncounted = ProtocolFlaws(rawValue: 1 << 34)
    /// A write that an application cannot tell the outcome of is taken for done.
    package static let unknownLeaseTrusted = ProtocolFlaws(rawValue: 1 << 35)
    /// Who slept with a single write in hand sends it, and says that it is kept, without looking
    /// whether flips still wait for it.
    package static let singleUnchecked = ProtocolFlaws(rawValue: 1 << 36)
    /// A gateway that belongs to no run passes writes on without looking whether there is one.
    package static let passageUnchecked = ProtocolFlaws(rawValue: 1 << 37)
    /// `dual_write` waits for what may still land, and not for who may still send it.
    package static let settlesShort = ProtocolFlaws(rawValue: 1 << 38)
}
