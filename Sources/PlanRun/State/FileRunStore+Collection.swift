import Foundation
import PlanCore

extension FileRunStore {
    private nonisolated var collectionPath: String { folder + "/collection.json" }

    /// Beside the run, for when the source is no more. Written where it says something new.
    package func keep(_ description: CollectionDescription) throws {
        let file = CollectionFileV1(description)
        if try heldCollection() == file { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        // Gateways and executors of the run all keep it.
        try DurableFile.replace(
            collectionPath, with: try encoder.encode(file), writer: UUID().uuidString)
    }

    /// nil where none was kept.
    package func keptCollection() throws -> CollectionDescription? {
        guard let held = try heldCollection() else { return nil }
        guard let description = held.description else {
            throw Diagnostic(
                "'\(collectionPath)' is of a build that is newer than this one",
                hint: "use the build that wrote it, or a newer one")
        }
        return description
    }

    private func heldCollection() throws -> CollectionFileV1? {
        guard let data = FileManager.default.contents(atPath: collectionPath) else { return nil }
        guard let file = try? JSONDecoder().decode(CollectionFileV1.self, from: data) else {
            throw Diagnostic(
                "'\(collectionPath)' is damaged",
                hint: "remove it: it is written again as long as the source is there")
        }
        return file
    }
}
