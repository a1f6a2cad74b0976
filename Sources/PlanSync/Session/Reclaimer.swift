import PlanCore

/// Cleans up after unknown outcomes: this process's own, and those of owners that are provably
/// dead, each after the quarantine, counted on this process's own clock.
package actor Reclaimer {
    private let session: Session
    private var deadSince: [Int64: Duration] = [:]

    package init(session: Session) { self.session = session }

    package func run() async {
        while !Task.isCancelled {
            do {
                try await reclaimOwn()
                try await reclaimDead()
            } catch is CancellationError {
                return
            } catch {}
            do { try await session.time.sleep(for: session.settings.reclaimPoll) } catch { return }
        }
    }

    private var quarantine: Duration {
        session.flaws.contains(.noQuarantine) ? .zero : session.settings.quarantine
    }

    private func reclaimOwn() async throws {
        let (intents, windows) = session.orphans.due(
            now: session.time.now, quarantine: quarantine)
        guard !intents.isEmpty || !windows.isEmpty else { return }
        let owner = session.owner.number
        let since = session.time.unixTime
        let flaws = session.flaws
        do {
            try await session.ledger.write(.durable) { ledger in
                try ledger.reclaim(intents, since: since, flaws: flaws)
                for lost in windows {
                    if let window = try ledger.window(lost.id) {
                        try ledger.closeWindow(window, since: since, flaws: flaws)
                    }
                    if let name = lost.chunk { try ledger.giveBack(name, from: owner) }
                }
            }
        } catch {
            session.orphans.putBack(
                intents, windows, now: session.time.now, quarantine: quarantine)
            throw error
        }
        for lost in windows { if let name = lost.chunk { session.chunks.drop(name) } }
    }

    private func reclaimDead() async throws {
        let owners = try await session.ledger.read { try $0.owners() }
        for owner in owners where owner.number != session.owner.number {
            let isEvicted = owner.role == .evicted
            let isProven = await session.ledger.isProvablyDead(owner.number)
            let isDead = isEvicted || isProven
            guard isDead || session.flaws.contains(.reclaimLiving) else {
                deadSince[owner.number] = nil
                continue
            }
            let since = deadSince[owner.number] ?? session.time.now
            deadSince[owner.number] = since
            guard session.time.now - since >= quarantine else { continue }
            try await bury(owner.number)
            deadSince[owner.number] = nil
        }
    }

    /// Everything of an owner whose requests can no longer land.
    private func bury(_ owner: Int64) async throws {
        let since = session.time.unixTime
        let flaws = session.flaws
        try await session.ledger.write(.durable) { ledger in
            try ledger.bury(owner, since: since, flaws: flaws)
        }
    }
}

extension LedgerTransaction {
    /// A person says that this gateway is gone for good. No flip waits for it any more; what it
    /// left is marked when its requests can no longer land, as of any dead owner.
    package func evict(gateway name: String) throws {
        for gateway in try gateways() where gateway.name == name {
            try deleteGateway(owner: gateway.owner)
            try setRole(.evicted, of: gateway.owner)
        }
    }

    /// What every process asks in the transaction that begins something: whoever was struck off
    /// may have slept through flips that did not wait for it.
    package func checkMembership(of owner: Int64, flaws: ProtocolFlaws) throws {
        if flaws.contains(.evictedUnfenced) { return }
        guard let found = try self.owner(owner), found.role != .evicted else {
            throw LedgerError.evicted
        }
    }

    /// Marks what the owner left open, gives its chunks back and strikes it off. Its copy windows
    /// are marked as touched; their ranges are copied again, for their cursor never moved.
    package func bury(_ owner: Int64, since: Double, flaws: ProtocolFlaws) throws {
        try reclaim(try intents(owner: owner).map(\.id), since: since, flaws: flaws)
        for window in try windows() where window.owner == owner {
            if flaws.contains(.deadWindowDropped) {
                _ = try deleteWindow(window.id)
            } else {
                try closeWindow(window, since: since, flaws: flaws)
            }
        }
        try releaseChunks(of: owner)
        try deleteGateway(owner: owner)
        try deleteOwner(owner)
    }
}
