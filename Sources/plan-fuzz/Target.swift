import JSON
import PlanCore
import PlanGateway
import PlanReport
import PlanRun
import PlanSyntax

/// What is fed with bytes that nobody vouches for. Each reads them as its users' code does, and
/// ends the process where a promise about any input is broken.
enum Target: String, CaseIterable {
    /// A plan file, and its diagnostics as both formats show them.
    case plan
    /// The body of each request of all dialects, filters included.
    case dialect
    /// `run.json`.
    case run
    /// JSON itself: what is read and written again is the same.
    case json

    static let names = allCases.map(\.rawValue).joined(separator: " | ")

    func read(_ bytes: [UInt8]) {
        switch self {
        case .plan: Target.readPlan(bytes)
        case .dialect: Target.readBodies(bytes)
        case .run: Target.readRun(bytes)
        case .json: Target.readJSON(bytes)
        }
    }

    private static func readPlan(_ bytes: [UInt8]) {
        let result = PlanParser.parse(bytes: bytes, file: "plan.yaml")
        let hasError = result.diagnostics.contains { $0.severity == .error }
        precondition((result.plan == nil) == hasError, "a plan, or an error")
        for format in DiagnosticFormat.allCases { _ = format.render(result.diagnostics) }
    }

    private static func readBodies(_ bytes: [UInt8]) {
        for operation in NativeBodies.operations {
            for kind in [CollectionDescription.IDKind.int, .text, .uuid] {
                _ = NativeBodies.refusal(of: bytes, operation, kind)
            }
        }
        for operation in QdrantBodies.operations {
            for forwards in [false, true] {
                _ = QdrantBodies.refusal(
                    of: bytes, operation, .intOrUUID, forwardsWrites: forwards)
            }
        }
        _ = try? QdrantBodies.filter(bytes)
        for operation in ChromaBodies.operations {
            for forwards in [false, true] {
                _ = ChromaBodies.refusal(of: bytes, operation, .text, forwardsWrites: forwards)
            }
        }
    }

    private static func readRun(_ bytes: [UInt8]) {
        guard let record = try? FileRunStore.decode(bytes, path: "run.json") else { return }
        guard let written = try? FileRunStore.encode(record) else { return }
        let again = try? FileRunStore.decode(written, path: "run.json")
        precondition(again == record, "a run is read as it was written")
    }

    private static func readJSON(_ bytes: [UInt8]) {
        guard let value = try? bytes.withUnsafeBytes({ try JSON.parse(bytes: $0) }) else { return }
        let text = JSON.text(value)
        let again = try? JSON.parse(text)
        precondition(again.map(JSON.text) == text, "JSON is read as it was written")
        var scan = PlainScan()
        guard let kept = bytes.withUnsafeBytes({ scan.payload($0) }) else { return }
        precondition(
            JSONValue.object(kept.fields).isJSONEqual(to: value), "a kept text says its value")
    }
}
