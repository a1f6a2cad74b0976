import Foundation
import PlanCore

/// Switches the application's own configuration, and back. The original of each file is kept, on
/// disk, before anything is changed.
struct ConfigSwitch: Sendable {
    let context: RunContext
    let step: Int

    private func original(_ number: Int) -> String {
        "\(context.folder)/config-\(step)-\(number).original"
    }

    private func path(_ change: ConfigChange) -> String { context.plan.path(change.file) }

    func apply(_ changes: [ConfigChange]) async throws {
        // All or none: a value that is missing in the last file leaves the first one alone.
        for change in changes { _ = try edit(change) }
        for (number, change) in changes.enumerated() {
            let path = path(change)
            let (now, edited) = try edit(change)
            if edited == now, await isDone(number) { continue }
            if !FileManager.default.fileExists(atPath: original(number)) {
                try DurableFile.replace(original(number), with: now)
            }
            try DurableFile.replace(path, with: edited)
            try await reload(change)
            try await confirm(change, change.confirm?.action)
            try await context.setNote(step, "config_\(number)", path)
            await context.journal.note("config_switched", ["file": .string(path)])
        }
    }

    private func edit(_ change: ConfigChange) throws -> (now: Data, edited: Data) {
        guard let now = FileManager.default.contents(atPath: path(change)) else {
            throw StepFailure.stopped(
                "cannot read '\(path(change))'", hint: "see 'config' of the step in the plan")
        }
        return (now, Data(try ConfigEdit.apply(change.set, to: Array(now), file: change.file)))
    }

    private func isDone(_ number: Int) async -> Bool {
        await context.notes(step)["config_\(number)"] != nil
    }

    /// Puts the originals back, last first. A kept original alone tells that a file was switched:
    /// the process may have ended, or its reload failed, before that was noted. A file that
    /// somebody else changed meanwhile is left, and said so.
    func restore() async throws {
        let changes = changes
        for (number, change) in changes.enumerated().reversed() {
            let isKept = FileManager.default.fileExists(atPath: original(number))
            guard await isDone(number) || isKept else { continue }
            let path = path(change)
            if let kept = FileManager.default.contents(atPath: original(number)),
                let now = FileManager.default.contents(atPath: path)
            {
                let ours = Data(
                    try ConfigEdit.apply(change.set, to: Array(kept), file: change.file))
                guard now == ours || now == kept else {
                    throw StepFailure.stopped(
                        "'\(path)' was changed by somebody else since the run switched it",
                        hint: "put the values back by hand, copy the file over "
                            + "'\(original(number))', then roll back again")
                }
                try DurableFile.replace(path, with: kept)
                do {
                    try await reload(change)
                    try await confirm(
                        change, change.confirm?.restored ?? change.confirm?.action)
                } catch let failure as StepFailure {
                    // A reload that failed on the way there must not bar the way back.
                    if await isDone(number) { throw failure }
                    await context.journal.note(
                        "reload_failed", ["why": .string(String(describing: failure))])
                }
            }
            try? FileManager.default.removeItem(atPath: original(number))
            try await context.setNote(step, "config_\(number)", nil)
            await context.journal.note("config_restored", ["file": .string(path)])
        }
    }

    private var changes: [ConfigChange] {
        switch context.plan.steps[step].kind {
        case .attach(let options): options.config
        case .cutover(let options): options.config
        case .detach(let options): options.config
        default: []
        }
    }

    private func reload(_ change: ConfigChange) async throws {
        switch change.reload {
        case nil: return
        case .signal(let name, let pidFile)?:
            let path = context.plan.path(pidFile)
            let text = context.world.read(path)?.prefix { $0.isNumber }
            guard let text, let process = Int32(text), process > 1 else {
                throw StepFailure.stopped(
                    "'\(path)' names no process", hint: "see 'reload' of the step")
            }
            try context.world.signal(name, process: process)
        case .action(let action)?:
            try await External.run(action, what: "the reload", context)
        }
    }

    private func confirm(_ change: ConfigChange, _ action: ExternalAction?) async throws {
        guard let action, let confirm = change.confirm else { return }
        let limit = context.time.now + confirm.timeout
        while true {
            do {
                try await External.run(action, what: "the confirmation", context)
                return
            } catch let error as StepFailure {
                guard context.time.now < limit else { throw error }
                try await context.time.sleep(for: .milliseconds(500))
            }
        }
    }
}
