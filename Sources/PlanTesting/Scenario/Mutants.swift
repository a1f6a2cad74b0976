import PlanSync

/// The wrong designs that the simulation must catch, each with the number of seeds it may take.
package struct Mutant: Sendable {
    package var name: String
    package var flaws: ProtocolFlaws
    package var seeds: UInt64
    /// What its seeds look at most; the control does too.
    package var emphasis = Emphasis.none

    package static let all: [Mutant] = [
        Mutant(
            name: "clearing the mark on one's own completion", flaws: .clearMarkOnCompletion,
            seeds: 100),
        Mutant(
            name: "a copier without a window", flaws: .copyWithoutWindow, seeds: 500,
            emphasis: .slowPages),
        Mutant(
            name: "a window that ignores intents pending at its opening",
            flaws: .windowIgnoresPending, seeds: 500, emphasis: .slowPages),
        Mutant(name: "repair direction from memory", flaws: .repairFromMemory, seeds: 100),
        Mutant(name: "overlapping writes unmarked", flaws: .overlapUnmarked, seeds: 100),
        Mutant(name: "flipping while dirty", flaws: .flipWhileDirty, seeds: 500),
        Mutant(name: "not waiting for acknowledgements", flaws: .flipWithoutWaiting, seeds: 500),
        Mutant(
            name: "reads by id routed by the gateway's own epoch", flaws: .readByOwnRoute,
            seeds: 1_000),
        Mutant(name: "a delete forgotten by repair", flaws: .tombstoneForgotten, seeds: 100),
        Mutant(
            name: "the checkpoint saved before the window is closed", flaws: .checkpointBeforeClose,
            seeds: 500),
        Mutant(name: "reclaiming before the quarantine is over", flaws: .noQuarantine, seeds: 100),
        Mutant(
            name: "reading a store of bounded staleness at once", flaws: .readStaleAuthority,
            seeds: 100),
        Mutant(name: "reclaiming without a mark", flaws: .reclaimUnmarked, seeds: 100),
        Mutant(
            name: "copying while single writes may still land", flaws: .copyAtOnce, seeds: 500,
            emphasis: .lateSingles),
        Mutant(
            name: "a window that forgets what ended inside it", flaws: .windowForgetsEnded,
            seeds: 1_000),
        Mutant(name: "reclaiming a living owner's intents", flaws: .reclaimLiving, seeds: 1_000),
        Mutant(
            name: "reclaiming a living owner's intents, and not marking on waking",
            flaws: [.reclaimLiving, .wakeUnmarked], seeds: 1_000),
        Mutant(
            name: "a dead owner's window dropped", flaws: .deadWindowDropped, seeds: 500,
            emphasis: .filterDeaths),
        Mutant(
            name: "a backfill that leaves what the source deleted", flaws: .copyWithoutSweep,
            seeds: 500),
        // Neither shows alone: who waits for a page in doubt waits for its window too.
        Mutant(
            name: "a page in doubt forgotten, and flipping under its open window",
            flaws: [.doubtForgotten, .flipUnderWindow], seeds: 500, emphasis: .latePages),
        Mutant(name: "authority moved in one flip", flaws: .authorityInOneFlip, seeds: 500),
        // Neither shows alone: acknowledgements cover the one, the transaction's route the other.
        Mutant(
            name: "the epoch checked outside the transaction, also by who was struck off",
            flaws: [.epochOutsideTransaction, .evictedUnfenced], seeds: 500,
            emphasis: .shortSleepers),
        Mutant(
            name: "a sleeper that goes on without looking", flaws: .sleeperUnchecked,
            seeds: 500, emphasis: .evictions),
        Mutant(
            name: "a sleeper that sends a single write without looking", flaws: .singleUnchecked,
            seeds: 100, emphasis: .singleSleepers),
        Mutant(
            name: "copying while sleepers may still send single writes", flaws: .settlesShort,
            seeds: 100, emphasis: .longLooks),
        Mutant(
            name: "a sleeper that passes a write on without looking for a run",
            flaws: .passageUnchecked, seeds: 100, emphasis: .passageSleepers),
        Mutant(
            name: "a reverse repair that rounds originals", flaws: .reverseLossy, seeds: 500,
            emphasis: .half),
        Mutant(
            name: "a key spelled two ways", flaws: .keySpelledTwice, seeds: 500, emphasis: .uuids),
        Mutant(
            name: "a hold aborted in one flip after reads moved", flaws: .abortInOneFlip,
            seeds: 500, emphasis: .holdDeaths),
        Mutant(
            name: "reads moved before both sides acknowledge", flaws: .weightBeforeBoth,
            seeds: 500, emphasis: .slowFollower),
        Mutant(
            name: "a delete by filter expanded to ids", flaws: .deleteByFilterExpanded, seeds: 500,
            emphasis: .filters),
        Mutant(
            name: "a verification's second look without an intent", flaws: .recheckWithoutIntent,
            seeds: 500, emphasis: .calm),
        Mutant(
            name: "what the follower refused sent to it again later", flaws: .failureReplayed,
            seeds: 500),
        Mutant(
            name: "a commit of unknown outcome tried again", flaws: .unknownCommitRetried,
            seeds: 500),
        Mutant(
            name: "overlapping writes answered before their repair", flaws: .overlapAcknowledged,
            seeds: 500, emphasis: .calm),
        Mutant(
            name: "a flip that does not wait for applications that read by themselves",
            flaws: .readerUncounted, seeds: 500, emphasis: .direct),
        Mutant(
            name: "an application's write of unknown outcome taken for done",
            flaws: .unknownLeaseTrusted, seeds: 500, emphasis: .directFaults),
    ]

    package struct Catch: Sendable {
        package var seed: UInt64
        package var violation: String
    }

    /// The first seed that catches it, and that is clean without it; nil where none of its seeds is.
    package func hunt(threads: Int) throws -> Catch? {
        let summary = try Campaign(
            seeds: 1...seeds, flaws: flaws, emphasis: emphasis, stopsAtFailure: true
        ).run(threads: threads)
        let first = summary.failures.min { $0.seed < $1.seed }
        return first.map { Catch(seed: $0.seed, violation: $0.violations.first ?? "") }
    }
}
