import Glibc
import PlanCore
import PlanStores
import PlanSync

/// The peak resident memory of a backfill, each in a process of its own: it must not grow with the
/// collection.
struct MemoryBench {
    static let dimension = 128
    static let limit = 200.0

    let lab: Lab

    func run() async throws -> [Figure] {
        var peaks: [String: [Int: Double]] = [:]
        for count in [lab.size.memory.small, lab.size.memory.large] {
            lab.note("memory of a backfill of \(count) records")
            let source = lab.sqlite("memory.db")
            try await lab.recreate(source, dimension: MemoryBench.dimension)
            try await lab.fill(source, count, dimension: MemoryBench.dimension)
            await source.close()
            peaks["sqlite", default: [:]][count] = try await child("sqlite", count)
            peaks["pgvector", default: [:]][count] = try await child("pgvector", count)
            let again = lab.sqlite("memory.db")
            try await again.drop()
            await again.close()
            try await lab.shell.run("rm -f \(Shell.quoted(lab.folder))/memory.db*")
        }
        for table in ["bench_memory", "bench_memory_copy"] {
            let store = lab.postgres(table)
            try await store.drop()
            await store.close()
        }
        return ["sqlite", "pgvector"].map { figure($0, peaks[$0] ?? [:]) }
    }

    private func figure(_ source: String, _ peaks: [Int: Double]) -> Figure {
        let (small, large) = lab.size.memory
        let value = peaks[large] ?? .nan
        let baseline = peaks[small] ?? .nan
        let ratio = value / baseline
        return Figure(
            group: "memory", name: "\(source) to pgvector, \(large) records", unit: "MB peak",
            value: value, baseline: baseline, baselineName: "\(small) records",
            ratio: Spread([ratio]),
            goal: .init(
                text: "≤ 1.1, and under \(Int(MemoryBench.limit)) MB",
                isMet: ratio <= 1.1 && value < MemoryBench.limit),
            cores: nil, bound: Bounds.memory)
    }

    private func child(_ source: String, _ count: Int) async throws -> Double {
        let words = [
            "/proc/\(getpid())/exe", "memory", source, lab.url, lab.folder, String(count),
        ]
        let text = try await lab.shell.run(words.map(Shell.quoted).joined(separator: " "))
        guard let peak = Double(text.filter { $0 != "\n" }) else {
            throw BenchError("the child process said '\(text)'")
        }
        return peak
    }

    /// The child's part: copies the file's records, or those that another child left, and prints
    /// its own peak in MB.
    func copy(_ kind: String, _ count: Int) async throws {
        let source: any VectorStore =
            kind == "sqlite" ? lab.sqlite("memory.db") : lab.postgres("bench_memory")
        let target = lab.postgres(kind == "sqlite" ? "bench_memory" : "bench_memory_copy")
        try await lab.recreate(target, dimension: MemoryBench.dimension)
        try await lab.session(
            from: source, to: target, dimension: MemoryBench.dimension
        ) { session in
            let workers = BackfillOptions().workers
            let copier = Copier(
                session: session, batchSize: BackfillBench.batch,
                rate: RateLimit(perSecond: nil, time: lab.time))
            try await copier.prepare(ranges: max(16, workers * 4))
            try await copier.run(workers: workers)
        }
        let held = try await target.count()
        guard held == count else { throw BenchError("the backfill left \(held) of \(count)") }
        print(try MemoryBench.peak())
        await source.close()
        await target.close()
    }

    /// VmHWM of this process, in MB.
    private static func peak() throws -> Double {
        guard let file = fopen("/proc/self/status", "r") else {
            throw BenchError("the process's status cannot be read")
        }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 256)
        while fgets(&buffer, Int32(buffer.count), file) != nil {
            let line = String(
                decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard line.hasPrefix("VmHWM:") else { continue }
            let digits = line.filter(\.isNumber)
            guard let kilobytes = Double(digits) else { break }
            return kilobytes / 1_024
        }
        throw BenchError("the process's status says no VmHWM")
    }
}
