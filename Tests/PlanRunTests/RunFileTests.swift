import Foundation
import PlanCore
import PlanRun
import Testing

@Suite struct RunFileTests {
    private func record() throws -> RunRecord {
        var record = RunRecord(
            plan: "demo", digest: "abc", text: "plan: 1\n",
            source: .init(kind: "sqlite", instance: "/a#1", collection: "t"), ledger: "l",
            steps: [.init(name: "one", kind: "dual_write")], begun: 12.5)
        record.authority = .target
        record.approvals = [.init(step: "one", user: "me", time: 1, digest: "abc")]
        record.steps[0].notes = ["created": "true"]
        record.steps[0].guards = [.init(text: "g", verdict: .fail, value: 0.5, samples: 3)]
        try record.machine.begin(0)
        return record
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/run-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    @Test func `a collection that is kept is told when its store is no more`() async throws {
        var description = CollectionDescription(
            name: "things", idKind: .intOrUUID,
            vectors: [
                VectorSpec(dimension: 3, distance: .cosine, element: .float16),
                VectorSpec(name: "s", dimension: 0, distance: .innerProduct, isSparse: true),
            ], payloadIndexes: [PayloadIndex(field: "a", kind: .keyword)])
        try await withFolder { folder in
            let store = FileRunStore(folder: folder)
            #expect(try await store.keptCollection() == nil)
            try await store.keep(description)
            #expect(try await FileRunStore(folder: folder).keptCollection() == description)
            description.name = "others"
            try await store.keep(description)
            #expect(try await store.keptCollection()?.name == "others")
        }
    }

    @Test func `a collection is kept by several at once`() async throws {
        try await withFolder { folder in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<16 {
                    let description = CollectionDescription(
                        name: "\(number)", idKind: .text,
                        vectors: [VectorSpec(dimension: 2, distance: .l2)])
                    group.addTask { try await FileRunStore(folder: folder).keep(description) }
                }
                try await group.waitForAll()
            }
            #expect(try await FileRunStore(folder: folder).keptCollection() != nil)
        }
    }

    @Test func `a kept collection of format 1 is read for ever`() async throws {
        let text = """
            {"formatVersion":1,"name":"things","ids":"text","payloadIndexes":[],"vectors":[
            {"name":"","dimension":2,"distance":"l2","element":"float32","isSparse":false}]}
            """
        try await withFolder { folder in
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/collection.json"))
            let kept = try await FileRunStore(folder: folder).keptCollection()
            #expect(
                kept
                    == CollectionDescription(
                        name: "things", idKind: .text,
                        vectors: [VectorSpec(dimension: 2, distance: .l2)]))
        }
    }

    @Test func `a target that was made is told by a note of format 1 for ever`() throws {
        var record = try record()
        #expect(record.notedTarget == nil)
        record.steps[0].notes["target_collection"] =
            """
            {"formatVersion":1,"name":"things","ids":"uuid","payloadIndexes":[],"vectors":[
            {"name":"v","dimension":2,"distance":"l2","element":"float16","isSparse":false}]}
            """
        let made = CollectionDescription(
            name: "things", idKind: .uuid,
            vectors: [VectorSpec(name: "v", dimension: 2, distance: .l2, element: .float16)])
        #expect(record.notedTarget == nil, "the step is not done")
        try record.machine.finish(0)
        #expect(record.notedTarget == made)
        record.steps[0].notes["target_collection"] = #"{"formatVersion":2}"#
        #expect(record.notedTarget == nil)
        try record.note(target: made, by: 0)
        #expect(record.notedTarget == made)
    }

    @Test func `what is saved is what is loaded`() async throws {
        let record = try record()
        try await withFolder { folder in
            let store = FileRunStore(folder: folder)
            #expect(try await store.load() == nil)
            try await store.save(record)
            #expect(try await FileRunStore(folder: folder).load() == record)
        }
    }

    @Test func `an unreadable state is refused, not reset`() async throws {
        try await withFolder { folder in
            for text in ["", "{", "{\"formatVersion\": 2}", "{\"formatVersion\": 1}"] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/run.json"))
                await #expect(throws: Diagnostic.self) {
                    _ = try await FileRunStore(folder: folder).load()
                }
            }
        }
    }

    @Test func `a torn last line of the history is cut off and the rest kept`() async throws {
        try await withFolder { folder in
            let path = folder + "/events.jsonl"
            try Data("{\"event\":\"a\"}\n{\"eve".utf8).write(to: URL(fileURLWithPath: path))
            try await FileRunStore(folder: folder).append(event: ["event": "b"])
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text == "{\"event\":\"a\"}\n{\"event\":\"b\"}\n")
        }
    }

    @Test func `no secret gets into the state`() async throws {
        let secret = Secret("hunter2-canary")
        #expect(!String(describing: secret).contains("hunter2"))
        #expect(!String(reflecting: secret).contains("hunter2"))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("hunter2"))
    }
}
