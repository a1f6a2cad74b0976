import Foundation
import PlanCore

/// The target's collection as `create_target` made or found it, among that step's notes in
/// `run.json`.
extension RunRecord {
    /// Of programs, not of people.
    package static let targetNote = "target_collection"

    /// nil where that step is not done, or a newer build noted it.
    package var notedTarget: CollectionDescription? {
        for (step, state) in zip(steps, machine.states) where state == .done {
            guard let text = step.notes[RunRecord.targetNote] else { continue }
            return try? JSONDecoder().decode(CollectionFileV1.self, from: Data(text.utf8))
                .description
        }
        return nil
    }

    package mutating func note(target: CollectionDescription, by step: Int) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(CollectionFileV1(target))
        steps[step].notes[RunRecord.targetNote] = String(decoding: data, as: UTF8.self)
    }
}
