import Foundation
import PlanCore
import PlanStores

/// A collection's place in a folder of its own, and a store on it.
final class FilesFixture {
    let folder = NSTemporaryDirectory() + "/crossfade-files-" + UUID().uuidString
    let store: FilesStore

    init(_ change: (inout FilesStoreConfiguration) -> Void = { _ in }) {
        var configuration = FilesStoreConfiguration(folder: folder, collection: "products")
        change(&configuration)
        store = FilesStore(configuration: configuration)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The same collection as another process has it.
    func another(_ change: (inout FilesStoreConfiguration) -> Void = { _ in }) -> FilesStore {
        var configuration = store.configuration
        change(&configuration)
        return FilesStore(configuration: configuration)
    }

    var collection: String { folder + "/products" }

    func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(collection)/\(name)", encoding: .utf8)
    }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: collection).sorted() }
    }
}
