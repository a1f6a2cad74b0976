import Glibc
import PlanCore

/// One of the application's threads of work: it owns some keys and writes them, reads anything it
/// knows, and searches.
struct Client: Sendable {
    let number: Int
    let store: any ApplicationAPI
    let packages: [Package]
    /// Indexes into `packages` of the keys that this client alone writes.
    let own: [Int]
    /// Indexes of the keys that any client writes: all of them are read.
    let written: [Int]
    /// Milliseconds between two requests.
    let pause: ClosedRange<Int>
    let tally: Tally

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    func run() async {
        var random = SystemRandomNumberGenerator()
        var version = number * 1_000_000
        /// Own keys whose last write, an upsert or a patch, was acknowledged.
        var held = Set(own)
        while await !tally.isStopped {
            let index = own[Int.random(in: 0..<own.count, using: &random)]
            let package = packages[index]
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<25:
                version += 1
                let patches = store.patches && held.contains(index) && Bool.random(using: &random)
                let done = await patches ? patch(package, version) : upsert(package, version)
                if done { held.insert(index) } else { held.remove(index) }
            case 25..<30:
                held.remove(index)
                await delete(package)
            case 30..<65:
                await read(packages[written[Int.random(in: 0..<written.count, using: &random)]])
            default:
                await search(packages[Int.random(in: 0..<packages.count, using: &random)])
            }
            // An application does other things too.
            try? await Task.sleep(for: .milliseconds(Int.random(in: pause, using: &random)))
        }
    }

    private func upsert(_ package: Package, _ version: Int) async -> Bool {
        await write(package, version) {
            await store.upsert(
                package.id, VersionedRecord.vector(package.vector, version: version),
                VersionedRecord.payload(package.payload, key: package.id, version: version))
        } == .ok
    }

    /// Changes vector and version together; everything else in the payload stays.
    private func patch(_ package: Package, _ version: Int) async -> Bool {
        await write(package, version) {
            await store.patch(
                package.id, VersionedRecord.vector(package.vector, version: version),
                ["version": .int(Int64(version)), "key": .int(package.id)])
        } == .ok
    }

    private func delete(_ package: Package) async {
        _ = await write(package, nil) { await store.delete(package.id) }
    }

    private func write(
        _ package: Package, _ version: Int?, _ send: () async -> GatewayClient.Answer
    ) async -> WriteEvent.Outcome {
        let invoked = Client.now()
        await tally.beginWrite(package.id, version, at: invoked)
        let answer = await send()
        let ended = Client.now()
        await tally.note("write", seconds: ended - invoked)
        let outcome: WriteEvent.Outcome
        switch answer {
        case .ok(let body) where !(body["missing"]?.items.isEmpty ?? true):
            // The patch found nothing and did nothing: the application has seen an absent key.
            outcome = .failed
            await tally.read(
                ReadEvent(
                    key: package.id, version: nil, invoked: invoked, ended: ended, isTorn: false))
        case .ok: outcome = .ok
        case .failed(let why):
            outcome = .failed
            await tally.failed("write of \(package.id): \(why)")
        case .unknown(let why):
            outcome = .unknown
            await tally.failed("write of \(package.id): \(why)")
        }
        await tally.endWrite(package.id, outcome, at: ended)
        return outcome
    }

    private func read(_ package: Package) async {
        let invoked = Client.now()
        let answer = await store.get(package.id)
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
        let answer = await store.search(package.vector, k: 10)
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
