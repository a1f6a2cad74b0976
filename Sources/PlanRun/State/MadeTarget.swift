import Foundation
import PlanCore

/// The target's collection as `create_target` left it, among that step's notes in `run.json`.
extension RunRecord {
    static let madeTargetNote = "collection"

    /// nil where there is none, or a newer build noted it.
    package var madeTarget: CollectionDescription? {
        let text = steps.lazy.compactMap { $0.notes[RunRecord.madeTargetNote] }.first
        return text.flatMap {
            try? JSONDecoder().decode(CollectionFileV1.self, from: Data($0.utf8)).description
        }
    }

    mutating func noteTarget(_ description: CollectionDescription, by step: Int) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(CollectionFileV1(description))
        steps[step].notes[RunRecord.madeTargetNote] = String(decoding: data, as: UTF8.self)
    }
}
