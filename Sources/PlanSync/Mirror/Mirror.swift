import PlanCore
import Synchronization

/// Asks the follower the application's questions too, off the path, and compares.
///
/// Noise is measured in pairs: the source is asked a second time, and a sample is X = D − N, where D
/// says that the target's answer is discrepant and N that the source's own second answer is. A
/// difference that a write in flight explains is asked again, at most twice, and then counts as 0.
package final class Mirror: MirrorSink {
    package static let queueLimit = 256
    package static let workers = 4
    /// Δ: how long after its end a write still explains a difference.
    package static let writeSpan: Duration = .milliseconds(500)

    private let session: Session
    private let environment: SyncEnvironment
    private let recorder: ObservationRecorder
    private let sink: any DiscrepancySink
    private let minOverlap: Double
    private let comparison: Comparison
    private let probe = NoiseProbe()
    private let recent: RecentWrites
    private let queue = WaitingQueue<(MirroredRead, Mirrored)>(limit: Mirror.queueLimit)
    private let turn = Atomic<Int>(0)

    package init(
        session: Session, recorder: ObservationRecorder, recent: RecentWrites,
        compare: MirrorOptions.Compare, sink: any DiscrepancySink = NoDiscrepancies()
    ) {
        self.session = session
        self.recorder = recorder
        self.recent = recent
        self.sink = sink
        minOverlap = compare.minOverlap
        environment = session.environment.ofMirror
        comparison = Comparison(environment: environment, k: compare.k)
    }

    package func offer(_ read: MirroredRead, _ circumstances: Mirrored) {
        let route = circumstances.route
        guard route.mirror > 0, route.follower != nil else { return }
        if case .compared(_, _, .some) = read {
            // Whoever asked both sides has made the choice.
        } else {
            let turn = turn.wrappingAdd(1, ordering: .relaxed).newValue
            guard turn % 100 < route.mirror || route.mirror == 100 else { return }
        }
        let isTaken = queue.offer((read, circumstances))
        recorder.add("mirror", isTaken ? ["offered": 1] : ["offered": 1, "dropped": 1])
    }

    /// Compares until cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<Mirror.workers { group.addTask { await self.work() } }
        }
    }

    private func work() async {
        while let (read, circumstances) = await queue.take() {
            do {
                switch read {
                case .search(let query, let answer):
                    try await compare(query, answer, nil, circumstances)
                case .compared(let query, let answer, let followed):
                    try await compare(query, answer, followed, circumstances)
                case .get(let keys, let answer): try await compare(keys, answer, circumstances)
                }
            } catch {
                // The follower could not be asked: an error of its own, counted as such.
            }
        }
    }

    private func compare(
        _ query: Query, _ answer: [Hit], _ followed: [Hit]?, _ circumstances: Mirrored
    ) async throws {
        guard let follower = circumstances.route.follower else { return }
        var leading = answer
        var following = followed ?? []
        if followed == nil { following = try await ask(query, follower) }
        var share = try await overlap(query, leading, following, follower)
        var asked = 1
        while share < minOverlap, asked < 3, try await isInFlux(leading, following) {
            try await session.time.sleep(for: Mirror.writeSpan)
            leading = try await ask(query, circumstances.route.authority)
            following = try await ask(query, follower)
            share = try await overlap(query, leading, following, follower)
            asked += 1
        }
        note(circumstances.latency, share)
        let stillInFlux =
            share < minOverlap && asked == 3 ? try await isInFlux(leading, following) : false
        if stillInFlux {
            recorder.add("mirror", ["zero": 1, "reclassified": 1])
            return
        }
        let differs = share < minOverlap
        let noise = probe.isDue ? try await isNoisy(query, leading, circumstances.route) : false
        record(differs: differs, noise: noise)
        if differs {
            await sink.write(
                Discrepancy(
                    read: "search", time: session.time.unixTime, overlap: share, source: leading,
                    target: following, verdict: noise ? "noise of the source" : "discrepant"))
        }
    }

    private func ask(_ query: Query, _ side: Side) async throws -> [Hit] {
        let begun = session.time.now
        let found = try await environment.observed(.search, on: side) { store in
            try await store.search(environment.mapping.query(query, for: side))
        }
        var histogram = LatencyHistogram()
        histogram.add(session.time.now - begun)
        recorder.add("mirror.\(side.rawValue)", histogram.counts)
        return found.map { hit in
            Hit(
                record: environment.mapping.original(of: hit.record, from: side),
                distance: hit.distance)
        }
    }

    private func overlap(
        _ query: Query, _ leading: [Hit], _ following: [Hit], _ follower: Side
    ) async throws -> Double {
        follower == .target
            ? try await comparison.overlap(query, source: leading, target: following)
            : try await comparison.overlap(query, source: following, target: leading)
    }

    private func isNoisy(_ query: Query, _ first: [Hit], _ route: Route) async throws -> Bool {
        let second = try await ask(query, route.authority)
        let share = try await comparison.overlap(query, source: first, target: second)
        probe.note(areEqual: first.map(\.record.id) == second.map(\.record.id))
        return share < minOverlap
    }

    private func isInFlux(_ leading: [Hit], _ following: [Hit]) async throws -> Bool {
        let a = Set(leading.map(\.record.id))
        let b = Set(following.map(\.record.id))
        let differing = a.symmetricDifference(b).sorted()
        let now = session.time.now
        if differing.contains(where: { recent.isRecent($0, now: now) }) { return true }
        return try await session.ledger.read { ledger in
            for key in differing {
                if try ledger.pendingCount(key) > 0 || ledger.isDirty(key) { return true }
            }
            return false
        }
    }

    /// Reads by id must be equal; what is in flux is no discrepancy.
    private func compare(
        _ keys: [RecordID], _ answer: [Record], _ circumstances: Mirrored
    ) async throws {
        guard let follower = circumstances.route.follower else { return }
        let authority = circumstances.route.authority
        let reconciler = Reconciler(environment: environment, authority: authority)
        var differences = try await reconciler.differences(keys)
        var asked = 1
        var moved = false
        while !differences.isEmpty, asked < 3 {
            moved = try await areInFlux(differences.keys)
            guard moved else { break }
            try await session.time.sleep(for: Mirror.writeSpan)
            differences = try await reconciler.differences(keys)
            asked += 1
        }
        if differences.isEmpty {
            recorder.add("mirror", ["zero": 1])
        } else if moved {
            recorder.add("mirror", ["zero": 1, "reclassified": 1])
        } else {
            record(differs: true, noise: false)
            await sink.write(
                Discrepancy(
                    read: "get \(differences.keys.map(\.canonical).joined(separator: " "))",
                    time: session.time.unixTime, overlap: 0, source: [], target: [],
                    verdict: "discrepant on the \(follower.rawValue)"))
        }
    }

    private func areInFlux(_ keys: [RecordID]) async throws -> Bool {
        let now = session.time.now
        if keys.contains(where: { recent.isRecent($0, now: now) }) { return true }
        return try await session.ledger.read { ledger in
            for key in keys {
                if try ledger.pendingCount(key) > 0 || ledger.isDirty(key) { return true }
            }
            return false
        }
    }

    private func record(differs: Bool, noise: Bool) {
        switch (differs, noise) {
        case (true, false): recorder.add("mirror", ["plus": 1])
        case (false, true): recorder.add("mirror", ["minus": 1])
        default: recorder.add("mirror", ["zero": 1])
        }
    }

    private func note(_ latency: Duration?, _ share: Double) {
        if let latency {
            var histogram = LatencyHistogram()
            histogram.add(latency)
            recorder.add("mirror.source", histogram.counts)
        }
        recorder.add("overlap", [SampleCounts.name(of: share): 1])
    }
}
