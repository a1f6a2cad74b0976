import Foundation
import HTTPClient
import JSON
import PlanCore

/// A folder of its own with a plan in it, and the programs that run there. Everything started is
/// stopped, by PID.
final class Sandbox: @unchecked Sendable {
    let folder: URL
    let port: Int
    let admin: Int
    var variables: [String: String] = [:]
    private var started: [Program] = []
    private static let http = HTTPClient()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "crossfade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // Three in a row below the range from which the kernel takes ports for clients.
        port = Sandbox.freePorts(3)
        admin = Sandbox.freePorts(3, besides: port)
    }

    static func freePorts(_ count: Int, besides taken: Int = 0) -> Int {
        for _ in 0..<200 {
            let first = Int.random(in: 10_000..<30_000)
            let isApart = abs(first - taken) > count
            if isApart, (first..<first + count).allSatisfy(isFree) { return first }
        }
        return 30_001
    }

    static func isFree(_ port: Int) -> Bool {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard handle >= 0 else { return false }
        defer { close(handle) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    func end() {
        for program in started where program.isRunning { program.kill(SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    func start(_ name: String, _ arguments: String...) throws -> Program {
        try start(name, arguments)
    }

    func start(_ name: String, _ arguments: [String]) throws -> Program {
        let program = try Program(name, arguments, in: self)
        started.append(program)
        return program
    }

    @discardableResult
    func run(
        _ name: String, _ arguments: String..., within limit: Double = 120
    ) async throws -> Program.Result {
        try await run(name, arguments, within: limit)
    }

    @discardableResult
    func run(
        _ name: String, _ arguments: [String], within limit: Double = 120
    ) async throws -> Program.Result {
        try await start(name, arguments).finish(within: limit)
    }

    /// `plan apply plan.yaml`, or another plan that `arguments` name first, on a machine that may be
    /// busy: it does what is said where traffic was too slow for a guard to have its samples, and
    /// where a server did not answer in its time, and goes on.
    @discardableResult
    func apply(_ arguments: String..., within limit: Double = 120) async throws -> Program.Result {
        let named = arguments.first?.hasSuffix(".yaml") == true
        let words = ["apply"] + (named ? [] : ["plan.yaml"]) + arguments
        for _ in 0..<60 {
            let applied = try await run("plan", words, within: limit)
            if !Sandbox.wasTooSlow(applied) { return applied }
            try await Task.sleep(for: .seconds(1))
        }
        throw Trouble("\(words) was too slow, each of 60 times")
    }

    /// Whether a busy machine is all that is wrong with what `plan apply` did.
    static func wasTooSlow(_ applied: Program.Result) -> Bool {
        if applied.code == 4 { return applied.errors.contains("too little was seen") }
        let words = [
            "timed out after", "statement timeout", "no answer within",
            "another process holds the file", "other writes took all the time",
        ]
        return applied.code == 1 && words.contains(where: applied.errors.contains)
    }

    /// The repository's own folder of example plans, and of the demo's data.
    static let plans: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder.appendingPathComponent("plans").path
    }()
    static let data = plans + "/data"

    func seed(records: Int = 1_500) async throws {
        let made = try await run(
            "plan-demo", "seed", "--data", Sandbox.data, "--sqlite", path("old.sqlite"),
            "--records", String(records))
        guard made.code == 0 else { throw Trouble(made.output + made.errors) }
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    func startGateway(
        _ name: String = "one", plans: [String] = ["plan.yaml"]
    ) async throws -> Program {
        let gateway = try Program("plan", ["gateway"] + plans + ["--name", name], in: self)
        started.append(gateway)
        for _ in 0..<1_000 {
            if (try? await get("/healthz")) != nil { return gateway }
            if !gateway.isRunning { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        let result = try await gateway.finish(within: 0)
        throw Trouble("the gateway does not answer: \(result.output) \(result.errors)")
    }

    /// Waits until the gateway says that it serves: one that starts beside a run joins it first.
    func waitUntilReady() async throws {
        for _ in 0..<2_000 {
            let url = "http://127.0.0.1:\(admin)/readyz"
            if try await Sandbox.http.request("GET", url).status == 200 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Trouble("the gateway is not ready: \(try await get("/readyz"))")
    }

    /// `lag`: how far behind reads of the application's own store may be, in seconds.
    func startTraffic(
        records: Int = 1_500, seconds: Int, expect: String, lag: Int = 0
    ) throws -> Program {
        try start(
            "plan-demo", "run", "--data", Sandbox.data, "--records", String(records), "--url",
            "http://127.0.0.1:\(port)", "--admin", "http://127.0.0.1:\(admin)", "--seconds",
            String(seconds), "--expect", expect, "--lag", String(lag))
    }

    func get(_ path: String) async throws -> JSONValue {
        let response = try await Sandbox.http.request("GET", "http://127.0.0.1:\(admin)\(path)")
        let text = String(decoding: response.body, as: UTF8.self)
        return (try? JSON.parse(text)) ?? .string(text)
    }

    /// The status, when it is as wanted; the last one in words, where that does not come.
    func status(
        within limit: Double = 20, _ isWanted: (JSONValue) -> Bool
    ) async throws -> JSONValue {
        let end = Date().addingTimeInterval(limit * Program.patience)
        while true {
            let read = try await run("plan", "status", "plan.yaml", "--format", "json")
            let status = (try? JSON.parse(read.output)) ?? .null
            if isWanted(status) { return status }
            guard Date() < end else { throw Trouble("\(read.output)\(read.errors)") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The gateway's status, once no write is open and no key waits for repair; the last one where
    /// that does not come.
    func settled(within limit: Double) async throws -> JSONValue {
        let end = Date().addingTimeInterval(limit * Program.patience)
        while true {
            let status = try await get("/status")
            // Repairs and intents of one moment: an intent that is given up becomes a repair.
            let backlog = status["gateway"]["backlog"]
            let isSettled =
                status["repair_backlog"] == 0 && backlog["repairs"] == 0 && backlog["intents"] == 0
            if isSettled || Date() >= end { return status }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Writes one record through the gateway; its answer's status.
    func put(_ id: Int64, port: Int? = nil) async throws -> Int {
        let numbers = Array(repeating: JSONValue.double(0.5), count: 384)
        let record: JSONValue = [
            "id": .int(id), "vector": .array(numbers), "payload": ["made": "by a test"],
        ]
        return try await ask("PUT", "/v1/records", ["records": [record]], port: port).status
    }

    /// The same, again where its answer says to come back.
    func putAtLast(_ id: Int64) async throws -> Int {
        for _ in 0..<100 {
            let status = try await put(id)
            if status != 503 { return status }
            try await Task.sleep(for: .milliseconds(200))
        }
        return try await put(id)
    }

    /// One request to the gateway, as the application sends it.
    func ask(
        _ method: String, _ path: String, _ body: JSONValue?, port: Int? = nil
    ) async throws -> (status: Int, body: JSONValue) {
        var request = HTTPClientRequest(method, "http://127.0.0.1:\(port ?? self.port)\(path)")
        if let body {
            request.body = Array(JSON.text(body).utf8)
            request.headers = [(name: "Content-Type", value: "application/json")]
        }
        let response = try await Sandbox.http.send(request)
        let text = String(decoding: response.body, as: UTF8.self)
        return (response.status, (try? JSON.parse(text)) ?? .string(text))
    }

    struct Trouble: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
