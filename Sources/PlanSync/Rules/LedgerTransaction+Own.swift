import PlanCore

/// What a side refused while it followed, and has not now that it leads: the other side's own. The
/// application was told that it is kept, so nothing of the leader's is put in its place until the
/// application writes the key again, and going back finds it.
extension LedgerTransaction {
    /// Those of `keys` that are the follower's own.
    package func own(among keys: [RecordID]) throws -> Set<RecordID> {
        guard try refusedCount() > 0 else { return [] }
        let authority = try route().authority
        var own: Set<RecordID> = []
        for key in keys where try refusal(of: key)?.side == authority { own.insert(key) }
        return own
    }

    /// The application's write of the key may have been applied where it leads: from now on that
    /// counts, also if it was a delete.
    func disown(_ intent: Intent) throws {
        guard intent.purpose == .write,
            try refusal(of: intent.key)?.side == intent.authority
        else { return }
        try forgetRefusal(intent.key)
    }
}
