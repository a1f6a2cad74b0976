import Foundation
import PlanCore
import PlanSync

/// `refused.jsonl`: every record that a store would not take, one a line, as of the latest backfill
/// or verify.
enum RefusedFile {
    static func write(_ context: RunContext) async throws {
        let refused = try await context.ledger.read { ledger in
            try ledger.refusedKeys(limit: max(1, try ledger.refusedCount()))
        }
        let path = context.folder + "/refused.jsonl"
        if refused.isEmpty, !FileManager.default.fileExists(atPath: path) { return }
        let lines = refused.map { key in
            EventText.line([
                "id": .string(key.key.text), "by": .string(key.side.rawValue),
                "reason": .string(key.reason),
            ]) + "\n"
        }
        try DurableFile.replace(path, with: Data(lines.joined().utf8))
    }
}
