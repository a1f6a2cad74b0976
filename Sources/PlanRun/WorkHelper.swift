import PlanCore
import PlanSync

/// One more pair of hands for a run that somebody else holds: joins whatever walk of the
/// collection is under way, until cancelled.
package struct WorkHelper: Sendable {
    private let session: Session
    private let workers: Int

    package init(session: Session, workers: Int) {
        self.session = session
        self.workers = workers
    }

    package func run() async throws {
        while true {
            let record = try await session.ledger.read { try $0.status("work") }
            if let words = record?.split(separator: " ").map(String.init), words.count >= 3,
                let batch = Int(words[1])
            {
                try await help(
                    task: words[0], batch: batch, mode: words[2],
                    mostRefused: words.count > 3 ? Int(words[3]) : nil)
            }
            try await session.time.sleep(for: .milliseconds(500))
        }
    }

    private func help(task: String, batch: Int, mode: String, mostRefused: Int?) async throws {
        let rate = RateLimit(perSecond: nil, time: session.time)
        let (session, workers) = (session, workers)
        try await SharedRate(ledger: session.ledger).follow(rate)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                if task == Copier.task {
                    try await Copier(
                        session: session, batchSize: batch, rate: rate, mostRefused: mostRefused
                    ).run(workers: workers)
                } else {
                    try await Verifier(
                        session: session, task: task, repairs: mode == "repair", batchSize: batch,
                        rate: rate
                    ).run(workers: workers)
                }
                return true
            }
            group.addTask {
                while true {
                    try await session.time.sleep(for: .milliseconds(500))
                    try? await SharedRate(ledger: session.ledger).follow(rate)
                }
            }
            defer { group.cancelAll() }
            while let isWork = try await group.next() { if isWork { break } }
        }
    }
}

/// The backfill's ceiling, as its executor keeps it in the ledger; it and its helpers keep to it
/// together.
struct SharedRate: Sendable {
    private static let name = "rate"
    let ledger: any Ledger

    func publish(_ rate: RateLimit) async throws {
        let text = rate.perSecond.map { String($0) }
        if try await ledger.read({ try $0.status(Self.name) }) != text {
            _ = try await ledger.write(.relaxed) { try $0.setStatus(Self.name, text) }
        }
        rate.share(among: try await workers() + 1)
    }

    func follow(_ rate: RateLimit) async throws {
        let text = try await ledger.read { try $0.status(Self.name) }
        let perSecond = text.flatMap { Double($0) }
        if rate.perSecond != perSecond { rate.set(perSecond: perSecond) }
        rate.share(among: try await workers() + 1)
    }

    private func workers() async throws -> Int {
        try await ledger.read { try $0.owners().count { $0.role == .worker } }
    }
}
