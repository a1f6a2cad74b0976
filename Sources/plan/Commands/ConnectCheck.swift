import PlanCore
import PlanGateway

/// Whether both stores can do what a plan asks, and what this pair would lose. Changes nothing.
enum ConnectCheck {
    struct Findings {
        var problems: [Diagnostic] = []
        /// What the pair carries, and how well; empty where nobody could be asked.
        var carried: [PairFidelity.Line] = []
    }

    static func run(_ path: String) async -> Findings {
        do {
            let bench = try Workbench(path)
            let found = try await check(bench)
            await bench.close()
            return found
        } catch let error as Diagnostic {
            return Findings(problems: [error])
        } catch let error as Diagnostics {
            return Findings(problems: error.all)
        } catch {
            return Findings(problems: [Diagnostic(String(describing: error))])
        }
    }

    /// Throws what this pair would lose that the plan does not allow, and nothing else of `check`:
    /// what a store cannot do is said by the step that asks it.
    static func refuseLosses(_ bench: Workbench) async throws {
        guard let source = try await bench.source.describe() else {
            throw Workbench.noCollection(bench.plan)
        }
        let held = try await bench.target.describe()
        let target = held ?? TargetShape.wanted(bench.plan, source: source)
        let found = try await fidelity(bench, source, target).problems
        if !found.isEmpty { throw Diagnostics(found) }
    }

    /// What this pair carries of the source, and what it would lose that the plan does not allow.
    private static func fidelity(
        _ bench: Workbench, _ source: CollectionDescription, _ target: CollectionDescription
    ) async throws -> Findings {
        let pair = PairFidelity(
            .init(bench.plan.source.kind, bench.source.capabilities, source),
            .init(bench.plan.target.kind, bench.target.capabilities, target),
            rules: bench.plan.mapping, nestedFields: try await NestedCheck.fields(bench))
        var found = Findings(carried: pair.lines)
        for line in pair.lines {
            guard case .lost(let loss) = line.verdict,
                !bench.plan.mapping.allowLoss.contains(loss.rawValue)
            else { continue }
            found.problems.append(
                Diagnostic(
                    "this pair would lose something of the \(line.subject): \(line.note)",
                    hint: "say 'allow_loss: [\(loss.rawValue)]' under 'mapping' if that is meant"))
        }
        return found
    }

    /// What one of the two cannot do that the plan will ask of it.
    private static func limits(
        _ bench: Workbench, _ wanted: CollectionDescription
    ) -> [Diagnostic] {
        var found: [Diagnostic] = []
        let can = bench.target.capabilities
        for step in bench.plan.steps {
            if case .decommission(let options) = step.kind, options.source == .rename,
                !bench.source.capabilities.canRename
            {
                found.append(
                    Diagnostic(
                        "\(bench.source.kind) cannot rename a collection",
                        hint: "say 'source: keep' or 'source: drop' under 'decommission'"))
            }
        }
        let isOneKind = bench.target.kind == StoreKind.pgvector.rawValue
        if wanted.idKind == .intOrUUID, isOneKind {
            found.append(
                Diagnostic(
                    "integers and UUIDs do not fit one column of the target",
                    hint: "say 'ids: uuid' (or int) under 'source' where all are, or map them "
                        + "with 'id: uuid5'"))
        }
        let isQdrant = bench.target.kind == StoreKind.qdrant.rawValue
        if isQdrant, wanted.idKind == .text || wanted.idKind == .intOrText {
            found.append(
                Diagnostic(
                    "the target's ids are unsigned integers and UUIDs, the source's are texts",
                    hint: "map them with 'id: uuid5'"))
        }
        if wanted.vectors.count > 1, !can.supportsNamedVectors {
            let names = wanted.vectors.map { "'\($0.name)'" }.joined(separator: ", ")
            found.append(
                Diagnostic("the target holds one vector a record, the source has \(names)"))
        }
        if wanted.vectors.count == 1, let name = wanted.vectors.first?.name, !name.isEmpty,
            !can.keepsVectorName
        {
            let own = bench.plan.mapping.vectorNames.reverse(name)
            found.append(
                Diagnostic(
                    "the target's vector has no name, the source's is '\(own)'",
                    hint: "say 'vectors: {\(own): \"\"}' under 'mapping'"))
        }
        if bench.plan.gateway.speak == .qdrant, !bench.plan.isAlike {
            found.append(
                Diagnostic(
                    "clients of qdrant can ask what these two stores cannot both answer: "
                        + "prefetch and fusion, matches of text, nested and geo conditions, "
                        + "steps into lists, updates of payload by a filter, conditional upserts",
                    severity: .warning,
                    hint: "such requests get 400 by name; 'QdrantDialect' in the docs lists them"))
        }
        if bench.plan.gateway.speak == .chroma, !bench.plan.isAlike {
            found.append(
                Diagnostic(
                    "clients of chroma can ask what these two stores cannot both answer: "
                        + "patterns of documents, deletes up to a limit",
                    severity: .warning,
                    hint: "such requests get 400 by name; 'ChromaDialect' in the docs lists them"))
        }
        if can.refusedIDKinds.contains(wanted.idKind) {
            found.append(
                Diagnostic(
                    "the target cannot hold ids of kind \(wanted.idKind.rawValue)",
                    hint: "say 'id: uuid5' under 'mapping'"))
        }
        return found
    }

    /// What keeps the target from building that index, found before everything is loaded.
    private static func indexing(
        _ spec: IndexSpec, of target: CollectionDescription, _ bench: Workbench
    ) -> [Diagnostic] {
        let can = bench.target.capabilities
        guard can.indexKinds.contains(spec.kind) else {
            return [
                Diagnostic(
                    "the target cannot build an index of kind '\(spec.kind)'",
                    hint: can.indexKinds.isEmpty
                        ? "\(bench.target.kind) has no vector indexes; leave 'create_index' out"
                        : "one of \(can.indexKinds.sorted().joined(separator: ", "))")
            ]
        }
        guard let vector = target.vector(spec.vector), !vector.isSparse,
            let most = can.indexedDimensions[vector.element], vector.dimension > most
        else { return [] }
        let half = can.indexedDimensions[.float16] ?? 0
        return [
            Diagnostic(
                "the target's indexes take at most \(most) dimensions of \(vector.element), "
                    + "the vector has \(vector.dimension)",
                hint: vector.element != .float16 && vector.dimension <= half
                    ? "say 'element: halfvec' under 'target', which holds \(half) at half the "
                        + "precision, or leave 'create_index' out"
                    : "leave 'create_index' out; searches then compare with every record")
        ]
    }

    static func check(_ bench: Workbench) async throws -> Findings {
        guard let source = try await bench.source.describe() else {
            return Findings(problems: [Workbench.noCollection(bench.plan)])
        }
        let wanted = TargetShape.wanted(bench.plan, source: source)
        let can = bench.target.capabilities
        let held = try await bench.target.describe()
        let pair = try await fidelity(bench, source, held ?? wanted)
        var found = pair.problems
        for spec in wanted.vectors {
            if spec.isSparse, !can.supportsSparseVectors {
                found.append(Diagnostic("the target cannot hold the sparse vector '\(spec.name)'"))
            }
            if !can.distances.contains(spec.distance) {
                found.append(
                    Diagnostic("the target cannot compare by \(spec.distance.rawValue)"))
            }
            if spec.dimension > can.maximumDimension {
                found.append(
                    Diagnostic(
                        "the target holds at most \(can.maximumDimension) dimensions, "
                            + "the source has \(spec.dimension)"))
            }
        }
        for step in bench.plan.steps {
            guard case .createIndex(let spec) = step.kind else { continue }
            found += indexing(spec, of: held ?? wanted, bench)
        }
        found += limits(bench, wanted)
        found += (source.advice + (held?.advice ?? [])).map {
            Diagnostic($0.message, severity: .warning, hint: $0.hint)
        }
        if bench.plan.gateway.speak == .chroma {
            found += ChromaPlace.objections(to: source, of: bench.source.kind)
        }
        try await bench.target.checkWritable()
        do {
            try await bench.source.checkWritable()
        } catch let error as StoreError {
            found.append(
                Diagnostic(
                    "the source cannot be written to: \(error.message)", severity: .warning,
                    hint: "the application's writes go to it under the plan's credential; mend "
                        + "this unless nobody writes"))
        }
        if let held {
            for problem in TargetShape.differences(wanted: wanted, found: held) {
                found.append(Diagnostic("the target exists and does not fit: \(problem)"))
            }
        }
        return Findings(problems: found, carried: pair.carried)
    }
}
