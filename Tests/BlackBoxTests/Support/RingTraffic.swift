import Foundation
import PlanCore
import Synchronization

/// An application whose writes, deletes, reads and searches go through the gateway, and which
/// knows of every record what it must be.
///
/// Each key is written by one task, one request after the other: what was acknowledged last is
/// what must be there.
final class RingTraffic: Sendable {
    struct Tally: Sendable {
        var writes = 0
        var deletes = 0
        var reads = 0
        /// Of them, those that showed what was acknowledged before, where that may be.
        var lateReads = 0
        var searches = 0
        /// What an application must not see: failed requests, and reads of the past.
        var faults: [String] = []
    }

    private struct State {
        var held: [Int64: Record]
        /// What was done last to a key, and when its acknowledgement came.
        var acknowledged: [Int64: (what: String, at: ContinuousClock.Instant)] = [:]
        var history = RingHistory(span: .seconds(10))
        var tally = Tally()
        var isStopped = false
    }

    static let writers = 3
    private let sandbox: Sandbox
    private let lag: Lag?
    private let state: Mutex<State>

    /// The side of the plan whose reads lag, and how far at most.
    struct Lag: Sendable {
        var side: String
        var bound: Duration

        /// Reads lag where nothing but the store that lags has all that was acknowledged: before
        /// the way over has begun, and once nothing follows.
        func shows(under route: JSONValue) -> Bool {
            let isComplete =
                route["follower"] != .null
                && (route["weight"].number != 0 || route["authority"] == "target")
            return route["authority"].text == side && !isComplete
        }
    }

    init(_ sandbox: Sandbox, holding records: [Int64: Record], lag: Lag?) {
        self.sandbox = sandbox
        self.lag = lag
        state = Mutex(State(held: records))
    }

    var held: [Int64: Record] { state.withLock { $0.held } }
    var tally: Tally { state.withLock { $0.tally } }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Until it is stopped; what is under way then is finished first.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<RingTraffic.writers { group.addTask { await self.work(writer) } }
        }
    }

    private func work(_ writer: Int) async {
        let keys =
            (0..<50).map { Int64($0 * RingTraffic.writers + writer) }
            // Some that were not there when the ring began.
            + (0..<15).map { Int64(9_000 + $0 * RingTraffic.writers + writer) }
        var version = held.values.compactMap { $0.payload["version"]?.number }.max() ?? 0
        while !state.withLock(\.isStopped) {
            let key = keys[Int.random(in: keys.indices)]
            version += 1
            do {
                switch Int.random(in: 0..<100) {
                case 0..<20: try await put(key, Int64(version))
                case 20..<35: try await patch(key, Int64(version))
                case 35..<45: try await delete(key)
                case 45..<75: try await read(key)
                default: try await search()
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 2...12)))
            } catch { fault("\(error)") }
        }
    }

    // MARK: requests

    private func put(_ key: Int64, _ version: Int64) async throws {
        let record = Record(
            id: .int(key), vector: (0..<384).map { _ in Float.random(in: -0.1...0.1) },
            payload: RingTraffic.payload(key, version))
        let sent: JSONValue = [
            "id": .int(key), "vector": RingTraffic.numbers(record.vector ?? []),
            "payload": .object(record.payload),
        ]
        guard try await ask("PUT", "/v1/records", ["records": [sent]]) != nil else { return }
        acknowledged(key, "put", record)
    }

    /// Changes some fields; the vector and the rest stay as they are.
    private func patch(_ key: Int64, _ version: Int64) async throws {
        guard var record = held[key] else { return }
        let changes: JSONObject = [
            "version": .int(version), "by": ["client": "é😀", "turns": [.int(version), .null]],
        ]
        let sent: JSONValue = ["id": .int(key), "set": .object(changes)]
        let answer = try await ask("PATCH", "/v1/records", ["updates": [sent]])
        guard let answer else { return }
        if !answer["missing"].items.isEmpty { fault("key \(key) is missing where it was patched") }
        record.payload.merge(changes) { $1 }
        acknowledged(key, "patch", record)
    }

    private func delete(_ key: Int64) async throws {
        guard try await ask("POST", "/v1/records/delete", ["ids": [.int(key)]]) != nil else {
            return
        }
        acknowledged(key, "delete", nil)
    }

    private func read(_ key: Int64) async throws {
        var routes = lag == nil ? [] : [try await route()]
        let begun = ContinuousClock.now
        let answer = try await ask("POST", "/v1/records/get", ["ids": [.int(key)]])
        guard let answer else { return }
        state.withLock { $0.tally.reads += 1 }
        let (found, wanted) = (RingTraffic.seen(answer), RingTraffic.seen(held[key]))
        guard found != wanted else { return }
        if let lag {
            routes.append(try await route())
            let isOfLate = state.withLock { $0.history.held(key, found, since: begun - lag.bound) }
            if isOfLate, routes.contains(where: lag.shows) {
                return state.withLock { $0.tally.lateReads += 1 }
            }
        }
        let again = try await ask("POST", "/v1/records/get", ["ids": [.int(key)]])
        fault(
            "key \(key), \(last(key)), was read as \(found) where \(wanted) belongs; once more: "
                + "\(again.map { "\(RingTraffic.seen($0))" } ?? "refused"); \(routes)")
    }

    private func route() async throws -> JSONValue {
        try await sandbox.ask("GET", "/v1/route", nil).body
    }

    private func search() async throws {
        let vector = held.values.first?.vector ?? []
        let query: JSONValue = ["vector": RingTraffic.numbers(vector), "k": 5]
        guard let answer = try await ask("POST", "/v1/search", query) else { return }
        state.withLock { $0.tally.searches += 1 }
        if answer["hits"].items.isEmpty { fault("a search found nothing") }
    }

    /// nil, and a fault, where it was refused.
    private func ask(
        _ method: String, _ path: String, _ body: JSONValue
    ) async throws -> JSONValue? {
        let answer = try await sandbox.ask(method, path, body)
        guard answer.status == 200 else {
            fault("\(method) \(path): \(answer.status) \(answer.body)")
            return nil
        }
        return answer.body
    }

    // MARK: what is known

    private func acknowledged(_ key: Int64, _ what: String, _ record: Record?) {
        state.withLock { state in
            let now = ContinuousClock.now
            state.history.supersede(key, RingTraffic.seen(state.held[key]), at: now)
            state.held[key] = record
            state.acknowledged[key] = (what, now)
            if record == nil { state.tally.deletes += 1 } else { state.tally.writes += 1 }
        }
    }

    private func last(_ key: Int64) -> String {
        guard let last = state.withLock({ $0.acknowledged[key] }) else { return "never written" }
        return "last a \(last.what) \(ContinuousClock.now - last.at) ago"
    }

    private static func seen(_ answer: JSONValue) -> RingHistory.State {
        guard let record = answer["records"].items.first else { return .absent }
        return RingHistory.State(isThere: true, version: record["payload"]["version"].number)
    }

    private static func seen(_ record: Record?) -> RingHistory.State {
        guard let record else { return .absent }
        return RingHistory.State(isThere: true, version: record.payload["version"]?.number)
    }

    private func fault(_ what: String) { state.withLock { $0.tally.faults.append(what) } }

    /// Every shape that a payload may have: nested, null, empty, integers that a double rounds.
    static func payload(_ key: Int64, _ version: Int64) -> JSONObject {
        [
            "name": .string("live \(key)"), "version": .int(version), "ratio": 0.1, "tags": [],
            "by": ["client": "ü", "path": ["a", ["b": .null]]], "nothing": .null,
            "large": .int(9_007_199_254_740_993), "is_live": true,
        ]
    }

    private static func numbers(_ vector: [Float]) -> JSONValue {
        .array(vector.map { .double(Double($0)) })
    }
}
