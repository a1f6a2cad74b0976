import Foundation
import PlanCore
import PlanStores
import SQLite
import Testing

/// One pair of stores, from an empty target to a source that is dropped, with fields that are
/// renamed, dropped and of another type in the target. Compared by a mapping of its own.
struct PairTrial {
    enum Kind: String, CaseIterable {
        case sqlite, pgvector, qdrant, chroma, milvus
    }

    static let count = 1_000

    let source: RingPlace
    let target: RingPlace
    let sandbox: Sandbox

    /// What the plan's mapping says, once more.
    private func mapped(_ record: Record) -> Record {
        var result = record
        if drops { result.payload["tags"] = nil }
        result.payload["title"] = result.payload.removeValue(forKey: "name")
        if case .int(let size)? = result.payload["size"] {
            result.payload["size"] = .string(String(size))
        }
        return result
    }

    /// From Milvus a plan drops nothing.
    private var drops: Bool { target.name != "milvus" }

    private var mapping: String {
        """
        mapping:
          fields: {name: title}
          types: {size: text, section: int}
        """ + (drops ? "\n  drop: [tags]" : "")
            + (target.name == "chroma" ? "\n  allow_loss: [nested]" : "")
    }

    static func run(from: Kind, to: Kind) async throws {
        let sandbox = try Sandbox()
        defer { sandbox.end() }
        try await sandbox.seed(records: count)
        let trial = PairTrial(
            source: try place(from, "old.sqlite", sandbox),
            target: try place(to, "new.sqlite", sandbox), sandbox: sandbox)
        try await trial.fill()
        try await trial.run()
        await trial.source.store.close()
        await trial.target.store.close()
    }

    private static func place(
        _ kind: Kind, _ file: String, _ sandbox: Sandbox
    ) throws -> RingPlace {
        switch kind {
        case .sqlite: .sqlite(file, in: sandbox)
        case .pgvector: try .pgvector()
        case .qdrant: try .qdrant()
        case .chroma: try .chroma()
        case .milvus: try .milvus()
        }
    }

    private func fill() async throws {
        guard source.name != "sqlite" else { return }
        let seeded = RingPlace.sqlite("old.sqlite", in: sandbox)
        if source.name == "milvus" {
            try await Copying.fill(seeded.store, to: source.store)
            while try await source.store.count() < Self.count {
                try await Task.sleep(for: .milliseconds(100))
            }
        } else {
            try await Copying.copy(seeded.store, to: source.store)
        }
        await seeded.store.close()
    }

    private func run() async throws {
        var wanted = try await source.records()
        #expect(wanted.count == Self.count)
        let refused = try await spoil(&wanted)
        try sandbox.write(plan().text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
        let gateway = try await sandbox.startGateway()
        try await apply("backfill")
        try await write(1_001, "early", &wanted)
        try await delete(3, &wanted)
        try await apply("cutover")
        try await write(1_002, "late", &wanted)
        try await write(5, "over", &wanted)
        try await delete(4, &wanted)
        try await apply("decommission")
        gateway.kill(SIGTERM)
        #expect(try await gateway.finish(within: 60).code == 0)
        let lines = sandbox.lines(".plan/test/refused.jsonl")
        #expect(lines.count == (refused == nil ? 0 : 1), "\(pair): \(lines)")
        #expect(lines.allSatisfy { $0.contains(refused ?? "") }, "\(pair): \(lines)")
        if target.name == "milvus" { try await Task.sleep(for: RingPlace.milvusBound) }
        let found = try await target.records()
        let differences = RingComparison.differences(found, wanted.mapValues(mapped))
        print("pair: \(pair), \(found.count) records, \(differences.count) differences")
        #expect(differences.isEmpty, "\(pair): \(differences.count): \(differences.prefix(5))")
        #expect(try await source.store.describe() == nil)
    }

    private var pair: String { "\(source.name) → \(target.name)" }

    private func plan() -> PlanText {
        var plan = PlanText()
        plan.source = source.endpoint.replacing(", existing: adopt", with: "")
        plan.target = target.endpoint
        plan.extra = mapping
        plan.steps = [
            "create_target: {distance: cosine}", "dual_write",
            "backfill: {workers: 2, batch_size: 200, max_refused: 1}", PlanText.verify,
            "cutover: {steps: []}", "decommission: {source: drop}",
        ]
        return plan
    }

    private func apply(_ step: String) async throws {
        let applied = try await sandbox.apply("--until", step, "--yes=decommission", within: 180)
        #expect(applied.code == 0, "\(pair), \(step): \(applied.output)\(applied.errors)")
    }

    /// Where the source takes it: a vector of one entry, which no other table takes; or none,
    /// which some do. What the refusal of a record says; nil where all are carried.
    private func spoil(_ wanted: inout [Int64: Record]) async throws -> String? {
        if source.name == "sqlite" {
            let database = try SQLiteDatabase(
                path: sandbox.path("old.sqlite"), access: .readWrite)
            try database.execute("UPDATE packages SET vector = X'0000803F' WHERE id = 7")
            wanted[7] = nil
            return "1 entries where 384 belong"
        }
        guard !source.store.capabilities.requiresEveryVector, let whole = wanted[8] else {
            return nil
        }
        let bare = Record(id: whole.id, vectors: [:], payload: whole.payload)
        try await source.store.upsert([bare])
        let isHeld = !target.store.capabilities.requiresEveryVector
        wanted[8] = isHeld ? bare : nil
        return isHeld ? nil : "the vector is missing"
    }

    private func write(
        _ id: Int64, _ name: String, _ wanted: inout [Int64: Record]
    ) async throws {
        let vector = (0..<384).map { Float($0 == Int(id % 384) ? 1 : 0.01) }
        let record = Record(
            id: .int(id), vector: vector,
            payload: ["name": .string(name), "size": .int(id), "tags": ["new"]])
        let sent: JSONValue = [
            "id": .int(id), "vector": .array(vector.map { .double(Double($0)) }),
            "payload": .object(record.payload),
        ]
        try await ask("PUT", "/v1/records", ["records": [sent]])
        wanted[id] = record
    }

    private func delete(_ id: Int64, _ wanted: inout [Int64: Record]) async throws {
        try await ask("POST", "/v1/records/delete", ["ids": [.int(id)]])
        wanted[id] = nil
    }

    /// What a busy server did not do in its time is asked again, as applications do.
    private func ask(_ method: String, _ path: String, _ body: JSONValue) async throws {
        var answer = try await sandbox.ask(method, path, body)
        for _ in 0..<20 where [503, 504].contains(answer.status) {
            try await Task.sleep(for: .milliseconds(500))
            answer = try await sandbox.ask(method, path, body)
        }
        #expect(answer.status == 200, "\(pair): \(answer.body)")
    }
}
