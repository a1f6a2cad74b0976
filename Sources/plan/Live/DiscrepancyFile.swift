import Glibc
import JSON
import PlanCore
import PlanSync

/// `discrepancies.jsonl`: one mirrored read that differed a line, up to a size.
actor DiscrepancyFile: DiscrepancySink {
    private static let limit = 64 << 20

    private let path: String
    private var written = 0

    init(path: String) { self.path = path }

    func write(_ discrepancy: Discrepancy) {
        guard written < DiscrepancyFile.limit else { return }
        let value: JSONValue = [
            "time": .double(discrepancy.time), "read": .string(discrepancy.read),
            "overlap": .double(discrepancy.overlap), "verdict": .string(discrepancy.verdict),
            "source": answer(discrepancy.source), "target": answer(discrepancy.target),
        ]
        let line = JSON.text(value) + "\n"
        guard let file = fopen(path, "a") else { return }
        defer { fclose(file) }
        fputs(line, file)
        written += line.utf8.count
    }

    private func answer(_ hits: [Hit]) -> JSONValue {
        .array(
            hits.map { ["id": .string($0.record.id.text), "distance": .double($0.distance)] })
    }
}
