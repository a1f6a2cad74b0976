import PlanCore

/// Searches and writes through the gateway until the run has ended, then checks everything.
enum RunCommand {
    static func run(_ options: Options) async throws -> Bool {
        let packages = try PackageFile.load(
            try options.required("data"), count: Int(options["records"] ?? "4000") ?? 4_000)
        let gateway = GatewayClient(url: try options.required("url"))
        let admin = GatewayClient(url: try options.required("admin"))
        let limit = Double(options["seconds"] ?? "180") ?? 180
        let clients = Int(options["clients"] ?? "4") ?? 4
        let expected = options["expect"] ?? "done"
        let tally = Tally()
        let watch = PhaseWatch(admin: admin, tally: tally)
        print("\(clients) clients search and write through \(gateway.url)")
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<clients {
                // Each client writes a stretch of packages of its own.
                let own = (0..<25).map { (number * 37 + $0 * clients + number) % packages.count }
                let mine = Set(own).filter { $0 % clients == number % clients }.sorted()
                let client = Client(
                    number: number + 1, gateway: gateway, packages: packages,
                    own: mine.isEmpty ? [number] : mine, tally: tally)
                group.addTask { await client.run() }
            }
            group.addTask { await watch.run(limit: limit) }
            // The watch ends first: when the run has ended, or the time is up.
            await watch.wait()
            await tally.stop()
        }
        await finalCheck(tally, gateway, packages)
        return await Summary(tally: tally, watch: watch, packages: packages).say(
            expected: expected, gateway)
    }

    /// What every written key holds now, read through the gateway.
    private static func finalCheck(
        _ tally: Tally, _ gateway: GatewayClient, _ packages: [Package]
    ) async {
        let byID = Dictionary(packages.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        for key in await tally.keys {
            guard let package = byID[key] else { continue }
            if case .ok(let body) = await gateway.get(key) {
                await tally.final(key, holding: Client.version(body, package).0)
            } else {
                await tally.failed("final read of \(key)")
            }
        }
    }
}
