import PlanCore
import YAML

extension StepBuilder {
    /// nil where an option that the step needs is missing.
    func kind(_ value: StepValue) -> StepKind? {
        let options = value.options
        let config = ConfigBuilder(issues: issues)
        switch value.word {
        case .createTarget:
            return .createTarget(CreateTargetOptions(distance: options["distance"]?.choice()))
        case .attach:
            return .attach(AttachOptions(config: config.build(options["config"])))
        case .dualWrite: return .dualWrite
        case .backfill: return .backfill(backfill(options))
        case .createIndex: return .createIndex(index(options))
        case .verify: return .verify(verify(options))
        case .mirror: return .mirror(mirror(options))
        case .approval: return .approval
        case .cutover: return .cutover(cutover(options))
        case .soak: return options["duration"]?.duration.map { .soak(SoakOptions(duration: $0)) }
        case .detach:
            var detach = DetachOptions()
            if let idle = options["idle"]?.duration { detach.idle = idle }
            detach.config = config.build(options["config"])
            return .detach(detach)
        case .decommission:
            var decommission = DecommissionOptions()
            if let fate = options["source"]?.choice(DecommissionOptions.Fate.self) {
                decommission.source = fate
            }
            decommission.export = options["export"]?.text
            return .decommission(decommission)
        case .hook:
            guard let action = ActionBuilder.action(options, method: "POST") else { return nil }
            let rollback = options["rollback"].flatMap {
                ActionBuilder.action($0, method: "POST")
            }
            return .hook(HookOptions(action: action, rollback: rollback))
        }
    }

    private func backfill(_ value: Value) -> BackfillOptions {
        var options = BackfillOptions()
        options.workers = value["workers"]?.integer ?? options.workers
        options.batchSize = value["batch_size"]?.integer ?? options.batchSize
        options.maxRate = value["max_rate"]?.number
        options.maxRefused = value["max_refused"]?.integer ?? options.maxRefused
        return options
    }

    private func index(_ value: Value) -> IndexSpec {
        let kind = value["kind"]?.text ?? "hnsw"
        var spec = IndexSpec(kind: kind, vector: value["vector"]?.text ?? Record.defaultVector)
        let own = kind == "hnsw" ? ["m", "ef_construction"] : ["lists"]
        for (key, parameter) in value.fields ?? [] {
            guard let name = key.scalar?.text, let number = parameter.integer else { continue }
            spec.parameters[name] = number
            if !own.contains(name) {
                issues.error(
                    "'\(name)' is no setting of '\(kind)'", at: key.span,
                    hint: "\(kind) takes " + own.joined(separator: " and "))
            }
        }
        if let m = spec.parameters["m"], let candidates = spec.parameters["ef_construction"],
            candidates < 2 * m, let span = value["ef_construction"]?.span
        {
            issues.error(
                "'ef_construction' is below twice 'm': '\(candidates)'", at: span,
                hint: "give at least \(2 * m)")
        }
        return spec
    }

    private func verify(_ value: Value) -> VerifyOptions {
        var options = VerifyOptions()
        options.mode = value["mode"]?.choice() ?? options.mode
        options.repair = value["repair"]?.flag ?? options.repair
        options.sample = value["sample"]?.integer ?? options.sample
        options.queries = value["queries"]?.integer ?? options.queries
        options.k = value["k"]?.integer ?? options.k
        options.workers = value["workers"]?.integer ?? options.workers
        options.batchSize = value["batch_size"]?.integer ?? options.batchSize
        options.maxRate = value["max_rate"]?.number
        if options.repair, options.mode == .count || options.mode == .recall,
            let span = value.keySpan("repair")
        {
            issues.error(
                "'\(options.mode.rawValue)' finds no single keys to repair", at: span,
                hint: "write mode: full or mode: sample")
        }
        return options
    }

    private func mirror(_ value: Value) -> MirrorOptions {
        var options = MirrorOptions(
            duration: value["duration"]?.duration, count: value["count"]?.integer)
        options.share = value["percent"]?.number ?? options.share
        if let compare = value["compare"] {
            options.compare.k = compare["k"]?.integer ?? options.compare.k
            options.compare.minOverlap =
                compare["min_overlap"]?.number ?? options.compare.minOverlap
        }
        return options
    }

    private func cutover(_ value: Value) -> CutoverOptions {
        var options = CutoverOptions()
        // What is repaired while writes are held waits out the bound, as a partial update does.
        let least = lag * 2
        options.writePauseMax += least
        if let given = value["write_pause_max"], let pause = given.duration {
            options.writePauseMax = pause
            if pause < least {
                issues.warning(
                    "writes that a store with reads \(Quantity.text(lag)) behind takes part in may "
                        + "not be drained within \(Quantity.text(pause))", at: given.span,
                    hint: "give at least \(Quantity.text(least)), or leave it out")
            }
        }
        options.attempts = value["attempts"]?.integer ?? options.attempts
        options.config = ConfigBuilder(issues: issues).build(value["config"])
        var weight = 0.0
        for stage in value["steps"]?.list ?? [] {
            if let next = stage["set_weight"], let share = next.number {
                if share < weight {
                    issues.error(
                        "the weight falls from \(Self.percent(weight)) to \(Self.percent(share))",
                        at: next.span, hint: "weights only grow; a rollback takes them back")
                }
                weight = max(weight, share)
                options.stages.append(.setWeight(share))
            } else if let pause = stage["pause"] {
                options.stages.append(.pause(pause["duration"]?.duration))
            }
        }
        return options
    }

    private static func percent(_ share: Double) -> String {
        let percent = (share * 1_000_000).rounded() / 10_000
        return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
    }
}
