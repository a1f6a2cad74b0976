import PlanCore

/// Searches and writes through the gateway until the run has ended, then checks everything.
enum RunCommand {
    static func run(_ options: Options) async throws -> Bool {
        let packages = try PackageFile.load(
            try options.required("data"), count: Int(options["records"] ?? "4000") ?? 4_000)
        let gateway = GatewayClient(url: try options.required("url"))
        let store = try api(options["speak"], gateway)
        let admin = GatewayClient(url: try options.required("admin"))
        let limit = Double(options["seconds"] ?? "180") ?? 180
        let clients = Int(options["clients"] ?? "4") ?? 4
        let expected = options["expect"] ?? "done"
        // What the application's store promises of its reads: some lag behind its writes.
        let lag = Double(options["lag"] ?? "0") ?? 0
        let tally = Tally()
        let allowsFailures = options["failures"] == "allowed"
        let watch = PhaseWatch(
            admin: admin, tally: tally, endings: endings(expected, allowsFailures))
        print("\(clients) clients search and write through \(gateway.url)")
        let written = (0..<clients).flatMap { ownKeys(of: $0, clients, packages.count) }
        for index in written { await tally.begin(packages[index].id, holding: 0, lag: lag) }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<clients {
                let client = Client(
                    number: number + 1, store: store, packages: packages,
                    own: ownKeys(of: number, clients, packages.count),
                    written: written, pause: pause(options["rate"].flatMap(Int.init), clients),
                    tally: tally)
                group.addTask { await client.run() }
            }
            group.addTask { await watch.run(limit: limit) }
            // The watch ends first: when the run has ended, or the time is up.
            await watch.wait()
            await tally.stop()
        }
        await tally.judgeReads()
        try await Task.sleep(for: .seconds(lag))
        await finalCheck(tally, store, packages)
        return await Summary(
            tally: tally, watch: watch, packages: packages,
            allowsFailures: allowsFailures
        ).say(expected: expected, store)
    }

    private static func api(
        _ dialect: String?, _ gateway: GatewayClient
    ) throws -> any ApplicationAPI {
        switch dialect ?? "native" {
        case "native": NativeAPI(gateway: gateway)
        case "qdrant": QdrantAPI(gateway: gateway)
        default: throw DemoError("'--speak' is native or qdrant")
        }
    }

    /// The outcomes after which nothing more is to come. A run of which anything may become is
    /// followed until the time is up; where failures are made, somebody applies again.
    private static func endings(_ expected: String, _ allowsFailures: Bool) -> Set<String> {
        if expected == "any" { return [] }
        return allowsFailures ? [expected] : ["done", "rolled_back", "guard_failed"]
    }

    /// Milliseconds between two requests of a client, for at most `rate` a second of all of them.
    private static func pause(_ rate: Int?, _ clients: Int) -> ClosedRange<Int> {
        guard let rate, rate > 0 else { return 1...8 }
        return 1...max(2, clients * 2_000 / rate)
    }

    /// Indexes of the packages that one client alone writes: apart from every other client's.
    static func ownKeys(of number: Int, _ clients: Int, _ count: Int) -> [Int] {
        Array(stride(from: number, to: count, by: clients).prefix(25))
    }

    /// What every written key holds now, read through the gateway.
    private static func finalCheck(
        _ tally: Tally, _ store: any ApplicationAPI, _ packages: [Package]
    ) async {
        let byID = Dictionary(packages.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        // For all keys together: a store that was made to crash takes its time to recover.
        let last = ContinuousClock.now + .seconds(60)
        for key in await tally.keys {
            guard let package = byID[key] else { continue }
            if let body = await answer(store, key, last) {
                await tally.final(key, holding: Client.version(body, package).0)
            } else {
                await tally.unreadable(key)
            }
        }
    }

    private static func answer(
        _ store: any ApplicationAPI, _ key: Int64, _ last: ContinuousClock.Instant
    ) async -> JSONValue? {
        while true {
            if case .ok(let body) = await store.get(key) { return body }
            guard ContinuousClock.now < last else { return nil }
            try? await Task.sleep(for: .milliseconds(250))
        }
    }
}
