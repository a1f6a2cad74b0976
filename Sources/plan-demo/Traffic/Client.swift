import Glibc
import PlanCore

/// One of the application's threads of work: it owns some keys and writes them, reads anything it
/// knows, and searches.
struct Client: Sendable {
    let number: Int
    let gateway: GatewayClient
    let packages: [Package]
    /// Indexes into `packages` of the keys that this client alone writes.
    let own: [Int]
    let tally: Tally

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    func run() async {
        var random = SystemRandomNumberGenerator()
        var version = number * 1_000_000
        for index in own { await tally.begin(packages[index].id, holding: 0) }
        while await !tally.isStopped {
            let index = own[Int.random(in: 0..<own.count, using: &random)]
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<25:
                version += 1
                await upsert(packages[index], version)
            case 25..<30: await delete(packages[index])
            case 30..<65: await read(packages[index])
            default:
                await search(packages[Int.random(in: 0..<packages.count, using: &random)])
            }
            // An application does other things too.
            try? await Task.sleep(for: .milliseconds(Int.random(in: 1...8, using: &random)))
        }
    }

    private func upsert(_ package: Package, _ version: Int) async {
        let invoked = Client.now()
        let answer = await gateway.upsert(
            package.id, VersionedRecord.vector(package.vector, version: version),
            VersionedRecord.payload(package.payload, key: package.id, version: version))
        await wrote(package, version, invoked, answer)
    }

    private func delete(_ package: Package) async {
        let invoked = Client.now()
        await wrote(package, nil, invoked, await gateway.delete(package.id))
    }

    private func wrote(
        _ package: Package, _ version: Int?, _ invoked: Double, _ answer: GatewayClient.Answer
    ) async {
        let ended = Client.now()
        await tally.note("write", seconds: ended - invoked)
        var event = WriteEvent(version: version, invoked: invoked, ended: ended, outcome: .ok)
        switch answer {
        case .ok: break
        case .failed(let why):
            event.outcome = .failed
            await tally.failed("write of \(package.id): \(why)")
        case .unknown(let why):
            event.outcome = .unknown
            event.ended = nil
            await tally.failed("write of \(package.id): \(why)")
        }
        await tally.wrote(package.id, event)
    }

    private func read(_ package: Package) async {
        let invoked = Client.now()
        let answer = await gateway.get(package.id)
        let ended = Client.now()
        await tally.note("read", seconds: ended - invoked)
        switch answer {
        case .ok(let body):
            let (version, isTorn) = Client.version(body, package)
            await tally.read(
                ReadEvent(
                    key: package.id, version: version, invoked: invoked, ended: ended,
                    isTorn: isTorn))
        case .failed(let why), .unknown(let why):
            await tally.failed("read of \(package.id): \(why)")
        }
    }

    /// The version a record speaks of, and whether its vector speaks of another.
    static func version(_ body: JSONValue, _ package: Package) -> (Int?, isTorn: Bool) {
        guard let record = body["records"]?.items.first else { return (nil, false) }
        let version = record["payload"]?["version"]?.int ?? 0
        let vector = record["vector"]?.floats ?? []
        let matches = VersionedRecord.matches(vector, package.vector, version: version)
        return (version, !matches)
    }

    private func search(_ package: Package) async {
        let invoked = Client.now()
        let answer = await gateway.search(package.vector, k: 10)
        await tally.note("search", seconds: Client.now() - invoked)
        switch answer {
        case .ok(let body):
            if body["hits"]?.items.isEmpty ?? true {
                await tally.failed("search near \(package.name): no answer")
            }
        case .failed(let why), .unknown(let why):
            await tally.failed("search near \(package.name): \(why)")
        }
    }
}
