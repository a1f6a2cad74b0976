import Foundation

/// What can happen to the run's folder.
extension Fault {
    /// The run's folder on a small disk of its own, which fills twice. `run.json` and the ledger
    /// lie there: writes are refused meanwhile, and the run goes on when there is room.
    static let diskFills = Fault(
        name: "the run's disk fills",
        obstacle: { canMount() ? nil : "this user cannot mount a tmpfs" }
    ) { _ in
        var round = round("the run's disk fills", soak: "2s") { stage, _ in
            for step in ["backfill", "cutover"] {
                try await stage.reach(step)
                try await pause(0.3...0.8)
                fill(stage)
                try await pause(2...3)
                unlink(filler(stage))
            }
        }
        round.preparation = { stage in
            let folder = stage.folder.appendingPathComponent("state")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            guard mount("crossfade-torture", folder.path, "tmpfs", 0, "size=12m") == 0 else {
                throw Trouble("no tmpfs: \(String(cString: strerror(errno)))")
            }
        }
        round.conclusion = { stage in
            umount2(stage.folder.appendingPathComponent("state").path, 2)
        }
        return round
    }

    private static func canMount() -> Bool {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "crossfade-mount-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        guard mount("crossfade-torture", folder.path, "tmpfs", 0, "size=1m") == 0 else {
            return false
        }
        umount2(folder.path, 2)
        return true
    }

    private static func filler(_ stage: Stage) -> String {
        stage.folder.appendingPathComponent("state/filler").path
    }

    /// To the last byte that can be had.
    private static func fill(_ stage: Stage) {
        let file = open(filler(stage), O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        for size in [65_536, 4_096, 1] {
            let block = [UInt8](repeating: 7, count: size)
            while write(file, block, size) == size {}
        }
    }

    static let ledgerDeleted = Fault(name: "the ledger is deleted") { _ in
        round("the ledger is deleted", soak: "1s") { stage, crew in
            try await stage.reach("backfill")
            try await pause(0.5...2)
            for suffix in ["", "-wal", "-shm"] { unlink(stage.ledger.path + suffix) }
            try await crew.awaitRecovery()
        }
    }

    /// A file of another run in its place.
    static let ledgerReplaced = Fault(name: "the ledger is replaced") { _ in
        round("the ledger is replaced", soak: "1s") { stage, crew in
            try await stage.reach("backfill")
            try await pause(0.5...2)
            for suffix in ["-wal", "-shm"] { unlink(stage.ledger.path + suffix) }
            try Data("no ledger at all".utf8).write(to: stage.ledger, options: .atomic)
            try await crew.awaitRecovery()
        }
    }

    /// A backup of the right ledger, and too old: it knows nothing of what was begun since.
    static let ledgerFromTheDayBefore = Fault(name: "an old ledger is put back") { _ in
        round("an old ledger is put back", soak: "1s") { stage, crew in
            try await stage.reach("dual_write")
            let kept = stage.folder.appendingPathComponent("kept").path
            try copyLedger(stage.ledger.path, to: kept)
            try await stage.reach("verify")
            for suffix in ["-wal", "-shm"] { unlink(stage.ledger.path + suffix) }
            guard rename(kept, stage.ledger.path) == 0 else {
                throw Trouble("the old ledger could not be put back")
            }
            try await crew.awaitRecovery()
        }
    }
}
