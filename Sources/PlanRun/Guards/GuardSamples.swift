import FoundationEssentials
import PlanCore
import PlanSync

/// What a step's guards have seen so far, in the ledger's status: it is written in the transaction
/// that takes the gateways' observations out of the ledger, so that none is lost or counted twice.
struct GuardSamples: Codable, Sendable {
    /// A text of another format is as good as none: the guards begin anew.
    static let format = 1

    private var formatVersion = GuardSamples.format
    var step: Int
    /// Samples of an earlier attempt say nothing of this one.
    var attempt: Int
    var monitors: [GuardSnapshot]
    var pending: MetricReader.Pending

    init(step: Int, attempt: Int, monitors: [GuardSnapshot], pending: MetricReader.Pending) {
        self.step = step
        self.attempt = attempt
        self.monitors = monitors
        self.pending = pending
    }

    private static func name(_ step: Int) -> String { "guard_samples:\(step)" }

    var status: (name: String, text: String) {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            let text = String(decoding: try encoder.encode(self), as: UTF8.self)
            return (GuardSamples.name(step), text)
        }
    }

    /// nil where there are none, or none that this build can read.
    static func read(step: Int, _ context: RunContext) async throws -> GuardSamples? {
        guard let text = try await context.ledger.read({ try $0.status(name(step)) }) else {
            return nil
        }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let samples = try? decoder.decode(GuardSamples.self, from: Data(text.utf8)),
            samples.formatVersion == format
        else { return nil }
        return samples
    }

    static func forget(step: Int, _ context: RunContext) async throws {
        _ = try await context.ledger.write(.relaxed) { try $0.setStatus(name(step), nil) }
    }
}
