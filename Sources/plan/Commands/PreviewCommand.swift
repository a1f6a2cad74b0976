import JSON
import PlanCore
import PlanReport
import PlanRun

enum PreviewCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let format = try arguments.choice("format", of: ["text", "json"])
        let bench = try Workbench(arguments.operands[0])
        let record = try await bench.folder.store.load()
        guard let source = try await bench.source.describe() else {
            throw Diagnostic(
                "the source has no collection '\(bench.plan.source.collection)'",
                hint: "see 'source' in the plan")
        }
        let count = try await bench.source.count()
        let target = try await bench.target.describe()
        let held = target == nil ? 0 : try await bench.target.count()
        var steps: [(name: String, state: String, text: String)] = []
        for (index, step) in bench.plan.steps.enumerated() {
            let state = record?.machine.states[index] ?? .waiting
            steps.append(
                (
                    step.name, state.rawValue,
                    describe(step, count: count, exists: target != nil, held: held, source)
                ))
        }
        let warnings = try await PreviewWarnings(
            bench: bench, source: source, target: target, held: held,
            hasBegun: record.map { $0.machine.states[0] != .waiting } ?? false
        ).find()
        await bench.close()
        if format == "json" {
            let value: JSONValue = [
                "version": 1, "plan": .string(bench.plan.name),
                "source_records": .int(Int64(count)),
                "target_exists": .bool(target != nil), "target_records": .int(Int64(held)),
                "steps": .array(
                    steps.map {
                        [
                            "name": .string($0.name), "state": .string($0.state),
                            "would": .string($0.text),
                        ]
                    }),
                "warnings": .array(
                    warnings.map {
                        ["message": .string($0.message), "hint": .string($0.hint)]
                    }),
            ]
            Terminal.print(JSON.text(value))
            return .done
        }
        Terminal.print(
            "\(bench.plan.name): \(Shown.count(Int64(count))) records, "
                + "\(bench.source.kind) → \(bench.target.kind)")
        for step in steps {
            let mark = step.state == "done" ? "✓" : "·"
            Terminal.print("  \(mark) \(step.name): \(step.text)")
        }
        for warning in warnings {
            Terminal.print("warning: \(warning.message)")
            Terminal.print("hint: \(warning.hint)")
        }
        Terminal.print("nothing was changed; next: plan apply \(bench.plan.file)")
        return .done
    }

    private static func describe(
        _ step: Step, count: Int, exists: Bool, held: Int, _ source: CollectionDescription
    ) -> String {
        switch step.kind {
        case .createTarget:
            let shape = source.vectors.map { vector in
                let size = vector.dimension == 0 ? "unknown size" : String(vector.dimension)
                return "\(size) × \(vector.distance.rawValue)"
            }
            return exists
                ? "the target is there with \(held) records; see that it fits"
                : "create the target, \(shape.joined(separator: ", "))"
        case .attach(let options):
            return "switch \(options.config.count) files, wait for the application's traffic"
        case .dualWrite: return "send every write to both stores"
        case .backfill(let options):
            let rate = options.maxRate.map { " at most \(Int($0))/s" } ?? ""
            return "copy \(Shown.count(Int64(count))) records, \(options.workers) "
                + (options.workers == 1 ? "worker" : "workers") + rate
        case .createIndex(let spec): return "build an index of kind \(spec.kind)"
        case .verify(let options):
            return "compare (\(options.mode.rawValue))\(options.repair ? " and repair" : "")"
        case .mirror(let options):
            let time = options.duration.map { " for \(Shown.seconds($0.seconds))" } ?? ""
            return "compare \(Int(options.share * 100))% of reads on both sides\(time)"
        case .approval: return "wait for 'plan approve'"
        case .cutover: return "move reads by weight, then write authority, to the target"
        case .soak(let options): return "watch for \(Shown.seconds(options.duration.seconds))"
        case .detach: return "end following (no return), leave the gateway"
        case .decommission(let options): return "\(options.source.rawValue) the source"
        case .hook: return "run the hook"
        }
    }
}
