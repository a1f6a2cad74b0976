import PlanCore
import SQLite

/// One connection to a collection's index, with the parts that it has open, on a thread of its own.
actor FilesChannel {
    private nonisolated let executor = ThreadExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let configuration: FilesStoreConfiguration
    private var index: FilesIndex?
    /// Whether this channel left something in the tail.
    private var hasWritten = false

    init(_ configuration: FilesStoreConfiguration) { self.configuration = configuration }

    /// What needs no index. Blocks this channel's thread alone.
    func run<Result: Sendable>(_ body: @Sendable () throws -> Result) throws -> Result {
        try body()
    }

    /// Runs one call in a read transaction: it sees all that was acknowledged before it began.
    func read<Result: Sendable>(
        _ operation: String, _ body: @Sendable (FilesIndex) throws -> Result
    ) throws -> Result {
        for _ in 0..<8 {
            do {
                return try wrapped(operation) {
                    let index = try opened(operation)
                    try index.database.execute("BEGIN")
                    defer { try? index.database.execute("COMMIT") }
                    return try body(index)
                }
            } catch is FilesPart.Gone {
                // A compaction came between: the next look names the new parts.
                index = nil
            }
        }
        throw FilesFailure.corrupt(
            configuration.path, "lacks a part that its index names", operation)
    }

    /// Runs a write in one transaction: all of it, or none. The body says how many bytes it added
    /// to the tail.
    func write<Result: Sendable>(
        _ operation: String, _ body: @Sendable (FilesIndex) throws -> (Result, bytes: Int)
    ) throws -> Result {
        do {
            return try wrapped(operation) {
                let index = try opened(operation)
                var flushed = false
                let result = try inTransaction(index, operation) {
                    let isFirst = try !index.hasTail()
                    let (result, added) = try body(index)
                    // Before the parts are other than the manifest says.
                    if try isFirst && index.hasTail() {
                        try index.writeManifest(isComplete: false, operation)
                    }
                    let bytes = try index.meta("tail_bytes") + Int64(added)
                    try index.setMeta("tail_bytes", bytes)
                    if bytes > Int64(configuration.tailBytesMax) {
                        try index.flush(operation)
                        flushed = true
                    }
                    return result
                }
                hasWritten = true
                // It is written, whatever becomes of the manifest: the index is the truth.
                if flushed { try? settle(index, operation) }
                return result
            }
        } catch is FilesPart.Gone {
            throw FilesFailure.corrupt(
                configuration.path, "lacks a part that its index names", operation)
        }
    }

    /// The manifest as the parts are now.
    private func settle(_ index: FilesIndex, _ operation: String) throws {
        try inTransaction(index, operation) {
            try index.writeManifest(isComplete: try !index.hasTail(), operation)
        }
    }

    private func inTransaction<Result>(
        _ index: FilesIndex, _ operation: String, _ body: () throws -> Result
    ) throws -> Result {
        let database = index.database
        try database.execute("BEGIN IMMEDIATE")
        let result: Result
        do {
            result = try body()
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
        do {
            try database.execute("COMMIT")
        } catch {
            // Still open: nothing was written. Closed by SQLite itself: nobody knows.
            let isOpen = database.isInTransaction
            if isOpen { try? database.execute("ROLLBACK") }
            throw FilesFailure.storeError(
                error, operation, index.path, isDefinite: isOpen)
        }
        return result
    }

    private func wrapped<Result>(
        _ operation: String, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as SQLiteError {
            if let database = index?.database, database.isInTransaction {
                try? database.execute("ROLLBACK")
            }
            throw FilesFailure.storeError(error, operation, configuration.path)
        }
    }

    private func opened(_ operation: String) throws -> FilesIndex {
        if let index, index.isCurrent { return index }
        index = nil
        guard let opened = try FilesIndex.open(configuration, operation) else {
            throw FilesFailure.missing(configuration, operation)
        }
        index = opened
        return opened
    }

    func describe() throws -> CollectionDescription? {
        if let index, index.isCurrent { return index.description }
        return try FilesManifest.load(configuration, "describe")?.description
    }

    /// All that was written becomes parts; where half of them is dead, new ones.
    func finish() throws {
        guard hasWritten else { return }
        try wrapped("close") {
            guard let index, index.isCurrent else { return }
            try inTransaction(index, "close") { try index.flush("close") }
            try settle(index, "close")
            if try index.isWasteful() {
                let former = try index.partNames()
                try inTransaction(index, "close") {
                    // Others may have written since.
                    try index.flush("close")
                    try index.compact("close")
                }
                try settle(index, "close")
                try inTransaction(index, "close") { try index.sweep(after: former) }
            }
        }
        hasWritten = false
    }

    func close() { index = nil }
}
