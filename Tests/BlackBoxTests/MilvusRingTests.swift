import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// Round all five stores and back, each leg a plan of its own under live traffic, the target of
/// one being the source of the next.
extension BlackBox {
    @Suite(.serialized)
    struct MilvusRingTests {
        private static let count = 1_500
        private static let steps = [
            "create_target: {distance: cosine}", "dual_write",
            "backfill: {workers: 2, batch_size: 250}", PlanText.verify,
            "mirror: {percent: 100, duration: 2s}\n"
                + "    guards: [mirror_dropped_rate < 99% with 3 samples]",
            PlanText.cutover,
            "soak: {duration: 500ms}\n    guards: [repair_backlog < 1000]",
            "decommission: {source: drop}",
        ]

        @Test func `records that go round all five stores come back as they were`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let places = [
                RingPlace.sqlite("old.sqlite", in: sandbox), try .pgvector(), try .qdrant(),
                try .chroma(), try .milvus(), .sqlite("back.sqlite", in: sandbox),
            ]
            var held = try await begin(places[0], sandbox)
            let first = Set(held.keys)
            for leg in 1..<places.count {
                held = try await move(leg, places[leg - 1], places[leg], held, sandbox)
            }
            #expect(first.subtracting(held.keys).count < 200 && held.count > 1_400)
            for place in places { await place.store.close() }
        }

        /// The demo's packages, some of them with what not every store has of its own accord.
        private func begin(
            _ place: RingPlace, _ sandbox: Sandbox
        ) async throws -> [Int64: Record] {
            try await sandbox.seed(records: MilvusRingTests.count)
            let odd = (0..<40).map { Int64($0 * 37) }
            _ = try await place.store.update(
                odd.map { key in
                    RecordPatch(id: .int(key), set: RingTraffic.payload(key, 0))
                })
            let held = try await place.records()
            #expect(held.count == MilvusRingTests.count)
            return held
        }

        /// What the target must hold afterwards, and does.
        private func move(
            _ leg: Int, _ source: RingPlace, _ target: RingPlace, _ held: [Int64: Record],
            _ sandbox: Sandbox
        ) async throws -> [Int64: Record] {
            let file = "ring-\(leg).yaml"
            try await write(leg, source, target, sandbox)
            let gateway = try await sandbox.startGateway(plans: [file])
            let traffic = RingTraffic(sandbox, holding: held, lag: lag(source, target))
            let working = Task { await traffic.run() }
            let start = ContinuousClock.now
            let applied = try await sandbox.apply(file, "--yes=decommission", within: 180)
            let took = (ContinuousClock.now - start).seconds
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            let status = try await sandbox.get("/status")
            traffic.stop()
            await working.value
            gateway.kill(SIGTERM)
            #expect(try await gateway.finish(within: 60).code == 0)
            // Its reads lag behind its writes.
            if target.name == "milvus" { try await Task.sleep(for: .seconds(3)) }
            let (tally, wanted) = (traffic.tally, traffic.held)
            let steps = status["steps"].items.map { $0["notes"]["write_pause_ms"].text }
            print(
                "ring: \(source.name) → \(target.name): \(wanted.count) records, "
                    + "\((took * 10).rounded() / 10) s, \(tally.writes) live writes, "
                    + "\(tally.deletes) deletes, \(tally.reads) reads (\(tally.lateReads) late), "
                    + "\(tally.searches) searches, writes held \(steps.first { !$0.isEmpty } ?? "?") ms"
            )
            #expect(tally.faults.isEmpty, "\(tally.faults.prefix(10))")
            #expect(tally.writes > 20 && tally.deletes > 5)
            let differences = RingComparison.differences(try await target.records(), wanted)
            #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(10))")
            return wanted
        }

        /// The plan's bound, and a second for a machine with other things to do.
        private func lag(_ source: RingPlace, _ target: RingPlace) -> RingTraffic.Lag? {
            let bound = RingPlace.milvusBound + .seconds(1)
            if source.name == "milvus" { return RingTraffic.Lag(side: "source", bound: bound) }
            if target.name == "milvus" { return RingTraffic.Lag(side: "target", bound: bound) }
            return nil
        }

        /// Chroma has no nested fields of its own: the plan says that it may keep them as text.
        private func write(
            _ leg: Int, _ source: RingPlace, _ target: RingPlace, _ sandbox: Sandbox
        ) async throws {
            var plan = PlanText()
            plan.name = "ring-\(leg)"
            plan.source = source.endpoint.replacing(", existing: adopt", with: "")
            plan.target = target.endpoint
            plan.steps = MilvusRingTests.steps
            let file = "ring-\(leg).yaml"
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: file)
            let checked = try await sandbox.run("plan", "validate", "--connect", file)
            guard target.name == "chroma" else {
                #expect(checked.code == 0, "\(checked.output)\(checked.errors)")
                return
            }
            #expect(checked.code == 2 && checked.output.contains("allow_loss: [nested]"))
            plan.extra = "mapping: {allow_loss: [nested]}"
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: file)
        }
    }
}
