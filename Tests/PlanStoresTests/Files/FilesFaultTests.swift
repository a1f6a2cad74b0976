import Foundation
import PlanCore
import PlanStores
import Testing

/// Folders that are damaged, taken, closed or none.
@Suite struct FilesFaultTests {
    private static let description = CollectionDescription(
        name: "products", idKind: .int, vectors: [VectorSpec(dimension: 4, distance: .l2)])

    /// A closed collection without its index, after a change to one of its files.
    private func damaged(_ name: String, _ change: (inout Data) -> Void) async throws
        -> StoreError?
    {
        let fixture = FilesFixture()
        try await fixture.store.create(Self.description)
        try await fixture.store.upsert(Samples.records(0..<20, ["a": 1]))
        await fixture.store.close()
        for name in try fixture.names where name.hasPrefix("index") {
            try FileManager.default.removeItem(atPath: "\(fixture.collection)/\(name)")
        }
        let url = URL(fileURLWithPath: "\(fixture.collection)/\(name)")
        var data = try Data(contentsOf: url)
        change(&data)
        try data.write(to: url)
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.another().count()
        }
        // Nothing half made is left behind.
        #expect(try fixture.names.filter { $0.hasPrefix("index") } == [])
        return error
    }

    @Test(arguments: [
        ("part-000001.jsonl", "lines"), ("part-000001.npy", "float32"),
        ("manifest.json", "newer build"),
    ])
    func `a file that was cut short is corrupt, and named`(name: String, why: String)
        async throws
    {
        let error = try await damaged(name) { $0 = $0.prefix(60) }
        #expect(error?.kind == .corrupt && error?.isDefinite == true)
        #expect(error?.message.contains(name.prefix(8)) == true)
        #expect(
            error?.message.contains(why) == true || name.hasSuffix(".jsonl"),
            "\(error?.message ?? "")")
    }

    @Test func `a line of something else is corrupt, and counted`() async throws {
        let error = try await damaged("part-000001.jsonl") { data in
            data.replaceSubrange(0..<7, with: Data("{\"ID\":0".utf8))
        }
        #expect(error?.message.contains("line 1") == true, "\(error?.message ?? "")")
    }

    @Test(arguments: ["a/b", ".hidden", "", "..", String(repeating: "x", count: 300)])
    func `a name that is no folder's is refused`(name: String) async throws {
        let fixture = FilesFixture { $0.collection = name }
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.create(Self.description)
        }
        #expect(error?.kind == .refused)
        #expect(!FileManager.default.fileExists(atPath: fixture.folder))
    }

    @Test func `a folder of something else is left alone`() async throws {
        let fixture = FilesFixture()
        try FileManager.default.createDirectory(
            atPath: fixture.collection, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: URL(fileURLWithPath: fixture.collection + "/notes.txt"))
        #expect(try await fixture.store.describe() == nil)
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.create(Self.description)
        }
        #expect(error?.kind == .alreadyExists)
        try await fixture.store.drop()
        #expect(try fixture.names == ["notes.txt"])
    }

    @Test func `looking for what is not there makes nothing`() async throws {
        let fixture = FilesFixture()
        #expect(try await fixture.store.describe() == nil)
        try await fixture.store.checkWritable()
        try await fixture.store.drop()
        await #expect(throws: StoreError.self) { try await fixture.store.upsert([]) }
        #expect(!FileManager.default.fileExists(atPath: fixture.folder))
    }

    @Test func `a batch that is refused leaves nothing in any part`() async throws {
        let fixture = FilesFixture { $0.tailBytesMax = 10 }
        try await fixture.store.create(Self.description)
        await #expect(throws: StoreError.self) {
            try await fixture.store.upsert(
                Samples.records(0..<5) + [Record(id: .int(9), vector: [1])])
        }
        await fixture.store.close()
        #expect(try await fixture.another().count() == 0)
        #expect(try fixture.names.filter { $0.hasPrefix("part-") } == [])
    }
}
