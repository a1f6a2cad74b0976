import PlanCore
import PlanSync

/// Asks both stores the application's questions, and compares.
struct MirrorStep: StepWork {
    let options: MirrorOptions

    func perform(_ index: Int, _ context: RunContext) async throws {
        let flips = context.flips()
        try await flips.setMirror(Int((options.share * 100).rounded()))
        try await context.clearWaiting()
        if let count = options.count {
            while try await mirrored(context) < count {
                try await context.time.sleep(for: .milliseconds(200))
            }
        }
        try await Waited.wait(options.duration ?? .zero, note: "watched_ms", index, context)
        try await flips.setMirror(0)
    }

    private func mirrored(_ context: RunContext) async throws -> Int {
        let text = try await context.ledger.read { try $0.status("mirrored") }
        return text.flatMap { Int($0) } ?? 0
    }

    func undo(_ index: Int, _ context: RunContext) async throws {
        try await context.flips().setMirror(0)
        try await context.setNote(index, "watched_ms", nil)
    }
}

/// Holds while the guards are watched.
struct SoakStep: StepWork {
    let options: SoakOptions

    func perform(_ index: Int, _ context: RunContext) async throws {
        try await Waited.wait(options.duration, note: "watched_ms", index, context)
    }

    func undo(_ index: Int, _ context: RunContext) async throws {
        try await context.setNote(index, "watched_ms", nil)
    }
}

/// Time that counts only while this process watches: a run that was down has not soaked.
enum Waited {
    static func wait(
        _ duration: Duration, note: String, _ index: Int, _ context: RunContext
    ) async throws {
        var done = Duration.milliseconds(Int(await context.notes(index)[note] ?? "") ?? 0)
        while done < duration {
            let step = min(.seconds(1), duration - done)
            try await context.time.sleep(for: step)
            done += step
            try await context.setNote(index, note, String(Int(done.milliseconds.rounded())))
        }
    }
}

/// Runs a program, or calls a URL.
struct HookStep: StepWork {
    let options: HookOptions

    func perform(_ index: Int, _ context: RunContext) async throws {
        try await External.run(options.action, what: "the hook", context)
    }

    func undo(_ index: Int, _ context: RunContext) async throws {
        guard let rollback = options.rollback else { return }
        try await External.run(rollback, what: "the hook's rollback", context)
    }
}

enum External {
    static func run(
        _ action: ExternalAction, what: String, timeout: Duration = .seconds(600),
        _ context: RunContext
    ) async throws {
        switch action {
        case .command(let arguments):
            let (code, output): (Int32, String)
            do {
                (code, output) = try await context.world.run(arguments, timeout: timeout)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                let why = error as? Diagnostic
                throw StepFailure.stopped(
                    "\(what) '\(arguments.first ?? "")': \(why?.message ?? "\(error)")",
                    hint: why?.hint)
            }
            guard code == 0 else {
                let lines = output.split(whereSeparator: \.isNewline).suffix(4)
                let tail = lines.isEmpty ? "" : ": " + lines.joined(separator: " ").suffix(400)
                throw StepFailure.stopped(
                    "\(what) '\(arguments.first ?? "")' ended with \(code)\(tail)", hint: nil)
            }
        case .http(let call):
            let url = try call.url.resolve(
                environment: context.world.environment, read: context.world.read)
            let status: Int
            do {
                (status, _) = try await context.world.call(
                    method: call.method, url: url, body: nil, timeout: timeout)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                throw StepFailure.stopped(
                    "\(what) got no answer from \(call.url.redacted): \(error)",
                    hint: "see that it listens there, and that the plan has its address")
            }
            guard (200..<300).contains(status) else {
                throw StepFailure.stopped(
                    "\(what) got \(status) from \(call.url.redacted)", hint: nil)
            }
        }
    }
}
