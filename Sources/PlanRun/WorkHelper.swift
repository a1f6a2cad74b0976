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
            if let words = record?.split(separator: " ").map(String.init), words.count == 3,
                let batch = Int(words[1])
            {
                try await help(task: words[0], batch: batch, mode: words[2])
            }
            try await session.time.sleep(for: .milliseconds(500))
        }
    }

    private func help(task: String, batch: Int, mode: String) async throws {
        let rate = RateLimit(perSecond: nil, time: session.time)
        if task == Copier.task {
            try await Copier(session: session, batchSize: batch, rate: rate).run(workers: workers)
        } else {
            try await Verifier(
                session: session, task: task, repairs: mode == "repair", batchSize: batch,
                rate: rate
            ).run(workers: workers)
        }
    }
}
