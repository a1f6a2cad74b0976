import Foundation
import JSON
import PlanCore
import PlanStores
import PlanSync

/// The copier of a backfill beside the movers that people use today, between the same servers, with
/// the same records: how many arrived, and how fast. A mover's rate counts what arrived.
struct MoversBench {
    let chroma: BenchSubject
    let qdrant: BenchSubject
    let otherQdrant: BenchSubject
    let pgvector: BenchSubject
    let lab: Lab
    let rows: Int
    let rounds: Int
    /// What runs the script of movers with vdf-io, and with qdrant-client; the words follow.
    let vdf: String
    let migrate: String

    private struct Moved {
        let arrived: Int
        let measured: Measured
    }

    private struct Job {
        let name: String
        let source: BenchSubject
        let target: BenchSubject
        let baseline: String
        let move: () async throws -> Moved
        /// Where no mover of today goes, the baseline is a scan that writes nothing.
        var isScan = false
    }

    func run() async throws -> [Figure] {
        for subject in [chroma, qdrant] {
            let store = subject.store()
            try await subject.recreate(store)
            for start in stride(from: 0, to: rows, by: 1_000) {
                try await store.upsert(
                    (start..<min(start + 1_000, rows)).map { Lab.record($0) })
            }
            await store.close()
        }
        let jobs = [
            Job(
                name: "chroma to qdrant", source: chroma, target: otherQdrant,
                baseline: "vdf-io, export and import", move: byFiles),
            Job(
                name: "qdrant to qdrant", source: qdrant, target: otherQdrant,
                baseline: "qdrant_client.migrate", move: byMigration),
            scanned("chroma to pgvector", chroma), scanned("qdrant to pgvector", qdrant),
        ]
        var figures: [Figure] = []
        for job in jobs { figures.append(try await figure(of: job)) }
        return figures
    }

    private func figure(of job: Job) async throws -> Figure {
        var (ours, theirs): ([Measured], [Measured]) = ([], [])
        var arrived = rows
        for _ in 0..<rounds {
            ours.append(try await backfill(job))
            let moved = try await job.move()
            theirs.append(moved.measured)
            arrived = min(arrived, moved.arrived)
        }
        let ratio = ours.ratio(to: theirs, \.perSecond)
        let come = job.isScan ? "" : "; \(arrived) of \(rows) arrived"
        return Figure(
            group: "movers", name: "\(job.name), all \(rows) arrived", unit: "records/s",
            value: ours.median(\.perSecond), baseline: theirs.median(\.perSecond),
            baselineName: job.baseline + come, ratio: ratio,
            goal: job.isScan ? nil : .init(text: "≥ 1", isMet: ratio.median >= 1),
            cores: ours.median(\.cores), bound: bound(job))
    }

    private func bound(_ job: Job) -> String {
        job.target.kind == .qdrant || job.source.kind == .qdrant
            ? qdrant.bound("") : chroma.bound("")
    }

    private func backfill(_ job: Job) async throws -> Measured {
        let (source, target) = (job.source.store(), job.target.store())
        try await job.target.recreate(target)
        var measured = Measured(perSecond: 0)
        try await lab.session(from: source, to: target) { session in
            measured = try await Measured.run(rows) {
                let copier = Copier(
                    session: session, batchSize: BackfillOptions().batchSize,
                    rate: RateLimit(perSecond: nil, time: lab.time))
                try await copier.prepare(ranges: 16)
                try await copier.run(workers: BackfillOptions().workers)
            }
        }
        let held = try await target.count()
        guard held == rows else { throw BenchError("\(held) of \(rows) records arrived") }
        await source.close()
        await target.close()
        return measured
    }

    // MARK: theirs

    private func scanned(_ name: String, _ source: BenchSubject) -> Job {
        Job(
            name: name, source: source, target: pgvector,
            baseline: "one scan of \(source.kind.rawValue), nothing written",
            move: {
                let store = source.store()
                var cursor: RecordID?
                var seen = 0
                let measured = try await Measured.run(rows) {
                    while let last = try await page(of: store, after: cursor, &seen) {
                        cursor = last
                    }
                }
                await store.close()
                guard seen == rows else { throw BenchError("a scan saw \(seen) of \(rows)") }
                return Moved(arrived: seen, measured: measured)
            }, isScan: true)
    }

    private func page(
        of store: any VectorStore, after cursor: RecordID?, _ seen: inout Int
    ) async throws -> RecordID? {
        let page = try await store.scan(.all, after: cursor, limit: BackfillOptions().batchSize)
        seen += page.count
        return page.last?.id
    }

    private func byFiles() async throws -> Moved {
        let folder = lab.folder + "/vdf"
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try await clear()
        let made = Shell.quoted(folder)
        let out = try await seconds("\(vdf) export \(chroma.address) \(chroma.collection) \(made)")
        let back = try await seconds("\(vdf) import \(made) \(otherQdrant.address)")
        return try await moved(in: out + back)
    }

    private func byMigration() async throws -> Moved {
        try await clear()
        let places = "\(qdrant.address) \(otherQdrant.address) \(qdrant.collection)"
        return try await moved(in: try await seconds("\(migrate) migrate \(places)"))
    }

    private func clear() async throws {
        let store = otherQdrant.store()
        try await store.drop()
        await store.close()
    }

    private func moved(in seconds: Double) async throws -> Moved {
        let store = otherQdrant.store()
        let arrived = try await store.count()
        await store.close()
        guard arrived > 0 else { throw BenchError("nothing arrived") }
        return Moved(
            arrived: arrived, measured: Measured(perSecond: Double(arrived) / seconds))
    }

    private func seconds(_ command: String) async throws -> Double {
        let said = try await lab.shell.run(command)
        let line = said.split(separator: "\n").last.map(String.init) ?? ""
        guard case .object(let fields) = try JSON.parse(line),
            case .double(let seconds) = fields["seconds"]
        else { throw BenchError("the mover said '\(said)'") }
        return seconds
    }
}
