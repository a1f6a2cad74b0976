import PlanCore
import PlanStores
import PlanSyntax

/// Looks at the stores and prints a first plan, which validates.
enum InitCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        guard let from = arguments.value("source") else {
            throw Arguments.Misuse(
                message: "'plan init' needs '--source'",
                hint: "--source=[STORE:]ADDRESS[#COLLECTION], \(StorePlace.examples)")
        }
        let world = RealWorld()
        let place = try StorePlace(
            from, option: "source", key: arguments.value("source-key"), world)
        var source = try await InitSide.source(place, world)
        source.library = arguments.value("source-extension")
        if source.table?.isVec0 == true, source.library == nil {
            throw Diagnostic(
                "the table '\(source.collection)' is sqlite-vec's",
                hint: "give the path of its library: --source-extension=…/vec0.so")
        }
        var text: InitText
        if let to = arguments.value("target") {
            let place = try StorePlace(
                to, option: "target", key: arguments.value("target-key"), world)
            text = InitText(
                source: source, target: try await InitSide.target(place, for: source, world))
        } else {
            let kind = source.kind == .pgvector ? StoreKind.qdrant : .pgvector
            text = InitText(
                source: source,
                target: InitSide(
                    kind: kind, address: .env("TARGET_URL"), collection: source.collection),
                isTargetMissing: true)
        }
        text.facts = try await facts(text, world)
        if !text.isTargetMissing {
            let found = try await findings(text)
            text.facts?.problems = found.problems
            text.facts?.losses = found.carried.compactMap { line in
                guard case .lost(let loss) = line.verdict else { return nil }
                return (loss, "\(line.subject): \(line.note)")
            }
        }
        _ = try parsed(text)
        Terminal.print(String(text.text().dropLast()))
        return .done
    }

    private static func facts(_ text: InitText, _ world: any ExternalWorld) async throws
        -> InitFacts
    {
        let opener = StoreOpener(plan: try parsed(text), world: world)
        let source = try opener.open(.source)
        // Nothing is asked of it: its capabilities are declared.
        let target = try text.isTargetMissing ? source : opener.open(.target)
        do {
            let facts = try await InitFacts.ask(
                source, opener.plan, target: target, text.target.kind)
            await source.close()
            await target.close()
            return facts
        } catch {
            await source.close()
            await target.close()
            throw error
        }
    }

    /// What `plan validate --connect` will say, for people.
    private static func findings(_ text: InitText) async throws -> ConnectCheck.Findings {
        let bytes = Array(text.text().utf8)
        let bench = try Workbench(try PlanFile.load(bytes, "plan.yaml"))
        do {
            let found = try await ConnectCheck.check(bench)
            await bench.close()
            return found
        } catch let error as StoreError {
            await bench.close()
            return .init(problems: [Diagnostic("\(error)", hint: "see 'target'")])
        }
    }

    private static func parsed(_ text: InitText) throws -> Plan {
        try PlanFile.load(Array(text.text().utf8), "plan.yaml").plan
    }
}
