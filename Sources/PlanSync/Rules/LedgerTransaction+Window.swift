import PlanCore

extension LedgerTransaction {
    /// nil: not now. Copies are refused while writes are held, while any read may go to the
    /// follower, and while nothing follows; a delete by filter only while writes are held.
    ///
    /// Weight 0 does not say that no gateway searches the follower any more; that both sides need
    /// not acknowledge does, for that comes after every gateway knows of the weight.
    package func openWindow(
        _ range: KeyRange, purpose: Window.Purpose, id: Int64, owner: Int64, flaws: ProtocolFlaws
    ) throws -> Window? {
        let route = try route()
        if route.isHeld || route.follower == nil { return nil }
        if purpose == .copy, route.weight > 0 || route.acknowledgement == .both { return nil }
        let window = Window(
            id: id, owner: owner, range: range, epoch: route.epoch, authority: route.authority,
            purpose: purpose)
        try insert(window)
        if !flaws.contains(.windowIgnoresPending) {
            for intent in try intents(owner: nil) where range.contains(intent.key) {
                try touch(intent.key, window: id)
            }
        }
        return window
    }

    /// Still this owner's, and where the owner left it. The walk that it was of may be over, and
    /// another have begun.
    package func holds(_ chunk: Chunk, owner: Int64) throws -> Bool {
        guard let found = try self.chunk(task: chunk.task, number: chunk.number) else {
            return false
        }
        return found.state == .active && found.owner == owner && found.range == chunk.range
            && found.cursor == chunk.cursor
    }

    /// The chunk waits for anybody, where it is still this owner's.
    package func giveBack(_ name: ChunkName, from owner: Int64) throws {
        guard var chunk = try chunk(task: name.task, number: name.number), chunk.owner == owner,
            chunk.state == .active
        else { return }
        chunk.state = .waiting
        chunk.owner = nil
        try update(chunk)
    }

    /// Marks what was touched, and `listed` too. False where the window was gone: its owner had
    /// been taken for dead, and everything it wrote is in doubt.
    @discardableResult
    package func closeWindow(
        _ window: Window, keeping isCovered: (RecordID) -> Bool = { _ in true },
        listed: [RecordID] = [], since: Double, flaws: ProtocolFlaws
    ) throws -> Bool {
        try settleWindow(
            window, keeping: isCovered, listed: listed, staysOpen: false, since: since,
            flaws: flaws)
    }

    /// As `closeWindow`; it may stay open for what is not covered yet. Of what is covered nothing
    /// of the window's owner is under way any more: writes to it go their own way.
    package func settleWindow(
        _ window: Window, keeping isCovered: (RecordID) -> Bool, listed: [RecordID],
        staysOpen: Bool, since: Double, flaws: ProtocolFlaws
    ) throws -> Bool {
        for key in try touched(window: window.id) where isCovered(key) {
            if flaws.contains(.windowForgetsEnded), try pendingCount(key) == 0 { continue }
            try markDirty(key, since: since)
        }
        for key in listed { try markDirty(key, since: since) }
        return staysOpen ? try self.window(window.id) != nil : try deleteWindow(window.id)
    }
}
