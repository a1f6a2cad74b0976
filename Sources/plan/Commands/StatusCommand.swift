import JSON
import PlanCore
import PlanLedger
import PlanReport
import PlanRun

enum StatusCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let format = try arguments.choice("format", of: ["text", "json"])
        let file = try PlanFile.load(arguments.operands[0])
        let folder = try RunFolder(file.plan, RealWorld())
        let source = StatusSource(plan: file.plan, folder: folder)
        guard arguments.has("watch") else {
            let status = try await source.read()
            if format == "json" {
                Terminal.print(JSON.text(StatusJSON.value(status)))
            } else {
                let text = StatusText(style: Terminal.style, width: Terminal.width)
                Terminal.print(text.lines(status).joined(separator: "\n"))
            }
            return .done
        }
        Signals.watch()
        var drawn = 0
        while !Signals.isInterrupted {
            let status = try await source.read()
            let lines = StatusText(style: Terminal.style, width: Terminal.width).lines(status)
            if Terminal.isInteractive {
                drawn = Terminal.redraw(lines, over: drawn)
            } else {
                Terminal.print(lines.joined(separator: "\n"))
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        return .done
    }
}

/// Reads a run's status from the outside: no lock is taken, nothing is written.
struct StatusSource: Sendable {
    let plan: Plan
    let folder: RunFolder

    func read() async throws -> RunStatus {
        let record = try await folder.store.load()
        let reader = StatusReader(plan: plan, time: RealTime())
        guard let record else { return try await reader.read(nil, ledger: nil, isHeld: false) }
        do {
            let ledger = try folder.openLedger(record.ledger)
            let status = try await reader.read(record, ledger: ledger, isHeld: folder.isHeld)
            await ledger.close()
            return status
        } catch let error as LedgerError {
            var status = try await reader.read(record, ledger: nil, isHeld: folder.isHeld)
            status.trouble = error.description
            return status
        }
    }
}
