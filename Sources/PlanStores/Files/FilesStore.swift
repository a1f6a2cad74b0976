import Glibc
import PlanCore
import SQLite
import Synchronization

/// A collection in a folder: parts of JSON lines and NumPy arrays, a manifest, and an index. An
/// export that anybody can read, and that can be restored. Search is exact.
///
/// What is written goes to the index first, durably, and becomes parts in pieces, and when the
/// store closes. A part is never changed; later parts win.
package final class FilesStore: VectorStore {
    package let kind = FilesFailure.store
    package let capabilities: StoreCapabilities
    package let configuration: FilesStoreConfiguration

    let writer: FilesChannel
    private let readers: [FilesChannel]
    /// For whole walks: they make no read by id wait.
    let searcher: FilesChannel
    private let turn = Atomic<Int>(0)

    package init(configuration: FilesStoreConfiguration) {
        self.configuration = configuration
        writer = FilesChannel(configuration)
        readers = [FilesChannel(configuration), FilesChannel(configuration)]
        searcher = FilesChannel(configuration)
        var capabilities = StoreCapabilities()
        capabilities.supportsNamedVectors = true
        capabilities.supportsSparseVectors = true
        capabilities.requiresEveryVector = false
        capabilities.queueBound = .zero
        self.capabilities = capabilities
    }

    var reader: FilesChannel {
        let next = turn.wrappingAdd(1, ordering: .relaxed).newValue
        return readers[Int(UInt(bitPattern: next) % UInt(readers.count))]
    }

    /// The folder by its real path and inode: a copy is another collection, so that a run does not
    /// go on against one that lacks its acknowledged writes.
    package func identity() async throws -> StoreIdentity {
        let path = configuration.path
        var info = stat()
        guard try await describe() != nil, stat(path, &info) == 0, let real = realpath(path, nil)
        else { throw FilesFailure.missing(configuration, "identity") }
        defer { free(real) }
        return StoreIdentity(
            kind: kind, instance: "\(String(cString: real))#\(info.st_ino)",
            collection: configuration.collection)
    }

    package func describe() async throws -> CollectionDescription? {
        try checkName("describe")
        return try await reader.describe()
    }

    /// Made under another name and renamed: it is there as a whole, or not at all.
    package func create(_ description: CollectionDescription) async throws {
        try checkName("create")
        var description = description
        description.name = configuration.collection
        if let spec = description.vectors.first(where: { !$0.isSparse && $0.dimension < 1 }) {
            throw FilesFailure.error(
                .refused, "the vector '\(spec.name)' has no dimension yet", "create")
        }
        let configuration = self.configuration
        try await writer.run { [description] in
            let path = configuration.path
            guard !FilesDisk.exists(path) else { throw FilesFailure.taken(path, "create") }
            try FilesDisk.makeFolder(configuration.folder, "create")
            let name = FilesIndex.newName()
            var draft = configuration
            draft.collection = ".\(name)"
            defer { FilesDisk.removeFolder(draft.path) }
            try FilesDisk.makeFolder(draft.path, "create")
            var manifest = FilesManifest(description: description)
            manifest.index = name
            do {
                try FilesIndex.make("\(draft.path)/\(name)")
            } catch let error as SQLiteError {
                throw FilesFailure.storeError(error, "create", draft.path)
            }
            try FilesDisk.replace(draft.manifest, with: manifest.text, "create")
            guard Glibc.rename(draft.path, path) == 0 else {
                let code = errno
                if code == EEXIST || code == ENOTEMPTY || code == ENOTDIR {
                    throw FilesFailure.taken(path, "create")
                }
                throw FilesFailure.system("make", path, "create", code: code)
            }
            try FilesDisk.syncFolder(of: path, "create")
        }
    }

    /// The collections in a folder, by name.
    package static func collections(in folder: String) -> [String] {
        FilesDisk.names(folder).filter {
            !$0.hasPrefix(".") && FilesDisk.exists("\(folder)/\($0)/manifest.json")
        }
    }

    package func drop() async throws {
        try checkName("drop")
        let configuration = self.configuration
        try await writer.run {
            guard try FilesManifest.load(configuration, "drop") != nil else { return }
            // Out of everybody's sight first: nobody finds half of it.
            let hidden = "\(configuration.folder)/.\(FilesIndex.newName())"
            guard Glibc.rename(configuration.path, hidden) == 0 else {
                throw FilesFailure.system("remove", configuration.path, "drop")
            }
            FilesDisk.removeFolder(hidden)
            try FilesDisk.syncFolder(of: configuration.path, "drop")
        }
        await closeChannels()
    }

    package func rename(to name: String) async throws {
        try checkName("rename")
        var other = self.configuration
        other.collection = name
        try FilesStore.checkName(name, "rename")
        try await writer.finish()
        await closeChannels()
        let configuration = self.configuration
        try await writer.run { [other] in
            guard try FilesManifest.load(configuration, "rename") != nil else {
                throw FilesFailure.missing(configuration, "rename")
            }
            guard !FilesDisk.exists(other.path) else {
                throw FilesFailure.taken(other.path, "rename")
            }
            guard Glibc.rename(configuration.path, other.path) == 0 else {
                throw FilesFailure.system("rename", configuration.path, "rename")
            }
            try FilesDisk.syncFolder(of: other.path, "rename")
        }
    }

    private func checkName(_ operation: String) throws {
        try FilesStore.checkName(configuration.collection, operation)
    }

    /// A collection is one folder in another.
    private static func checkName(_ name: String, _ operation: String) throws {
        let isFolder =
            !name.isEmpty && !name.hasPrefix(".") && name.utf8.count <= 200
            && !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") })
        guard isFolder else {
            throw FilesFailure.error(
                .refused,
                "'\(name)' cannot be a folder's name here; give one without '/' that does not "
                    + "begin with '.'", operation)
        }
    }

    package func createIndex(_ spec: IndexSpec) async throws {
        throw FilesFailure.error(
            .unsupported,
            "files are searched exactly and have no vector index; leave the step out",
            "create_index")
    }

    package func dropIndex(_ spec: IndexSpec) async throws {}
    package func indexState(_ spec: IndexSpec) async throws -> IndexState { .absent }

    package func checkWritable() async throws {
        try checkName("check")
        var folder = configuration.folder
        let path = configuration.path
        if FilesDisk.exists(path) { folder = path }
        while !FilesDisk.exists(folder) {
            guard let slash = folder.lastIndex(of: "/") else {
                folder = "."
                break
            }
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
        guard access(folder, W_OK) == 0 else {
            throw FilesFailure.error(
                .readOnly, "'\(folder)' may not be written; make it writable", "check")
        }
        guard try await describe() != nil else { return }
        try await writer.read("check") { index in
            try index.database.execute("ROLLBACK; BEGIN IMMEDIATE")
        }
    }

    /// What was written becomes parts. Where that fails, the index still has it.
    package func close() async {
        try? await writer.finish()
        await closeChannels()
    }

    private func closeChannels() async {
        for channel in readers + [writer, searcher] { await channel.close() }
    }
}
