import PlanCore
import PlanStores
import TestServers
import Testing

/// What every store behind a network makes of a connection that breaks: the real server, with a
/// proxy before it that breaks one exchange at a time.
@Suite struct FaultConformance {
    private static let held = Samples.records(1...3, ["v": 1])
    private static let fresh = Samples.record(.int(4), ["v": 2])

    private func failure(_ body: () async throws -> Void) async -> StoreError? {
        await #expect(throws: StoreError.self) { try await body() }
    }

    /// The way is free again: the store works, and what was in doubt is written anew.
    private func recovers(_ place: FaultyPlace) async throws {
        place.proxy.disarm()
        try await place.store.upsert([Self.fresh])
        #expect(try await place.store.scan(.all, limit: 9) == Self.held + [Self.fresh])
    }

    @Test(arguments: FaultyPlace.names)
    func `a write that never reached the server is in doubt, and was sent once`(name: String)
        async throws
    {
        let place = try await FaultyPlace.make(name, holding: Self.held)
        place.proxy.arm(.resetBefore, on: place.isUpsert)
        let error = await failure { try await place.store.upsert([Self.fresh]) }
        #expect(error?.kind == .unreachable && error?.isTransient == true)
        #expect(error?.isDefinite == false)
        #expect(place.proxy.met == 1)
        #expect(try await place.beside.count() == 3)
        try await recovers(place)
    }

    @Test(arguments: FaultyPlace.names)
    func `a write whose answer was lost is in doubt, was sent once, and is there`(name: String)
        async throws
    {
        let place = try await FaultyPlace.make(name, holding: Self.held)
        place.proxy.arm(.resetAfter, on: place.isUpsert)
        let error = await failure { try await place.store.upsert([Self.fresh]) }
        #expect(error?.kind == .unreachable && error?.isDefinite == false)
        #expect(place.proxy.met == 1)
        #expect(try await place.beside.get([Self.fresh.id]) == [Self.fresh])
        try await recovers(place)
    }

    @Test(arguments: FaultyPlace.names, [FaultProxy.Fault.resetBefore, .resetAfter])
    func `a read that loses its connection is surely undone`(
        name: String, fault: FaultProxy.Fault
    ) async throws {
        let place = try await FaultyPlace.make(name, holding: Self.held)
        place.proxy.arm(fault, on: place.isRead)
        let error = await failure { _ = try await place.store.get([.int(1)]) }
        #expect(error?.kind == .unreachable && error?.isTransient == true)
        #expect(error?.isDefinite == true)
        #expect(place.proxy.met >= 1)
        try await recovers(place)
    }

    @Test(arguments: FaultyPlace.speakingHTTP)
    func `a write that is turned away unheard waits as it is asked to, and is written once`(
        name: String
    ) async throws {
        let place = try await FaultyPlace.make(name, holding: Self.held)
        place.proxy.arm(.turnedAway(429), times: 1, on: place.isUpsert)
        let start = ContinuousClock.now
        try await place.store.upsert([Self.fresh])
        #expect(ContinuousClock.now - start >= .seconds(1))
        #expect(place.proxy.met == 2)
        try await recovers(place)
    }

    @Test(arguments: FaultyPlace.speakingHTTP)
    func `a server that is busy leaves a write in doubt, and is asked again by a read`(
        name: String
    ) async throws {
        let place = try await FaultyPlace.make(name, holding: Self.held)
        place.proxy.arm(.turnedAway(503), on: place.isUpsert)
        let error = await failure { try await place.store.upsert([Self.fresh]) }
        #expect(error?.kind == .busy && error?.isTransient == true && error?.isDefinite == false)
        #expect(error?.retryAfter == .seconds(1))
        #expect(place.proxy.met == 1)
        place.proxy.arm(.turnedAway(503), times: 1, on: place.isRead)
        #expect(try await place.store.get([.int(1)]) == [Self.held[0]])
        #expect(place.proxy.met == 2)
        try await recovers(place)
    }

    @Test(arguments: FaultyPlace.speakingHTTP)
    func `an answer that stalls is out of time, a write of it in doubt`(name: String)
        async throws
    {
        let place = try await FaultyPlace.make(name, holding: Self.held)
        let hasty = try await place.hasty(rewriting: Self.held)
        place.proxy.arm(.stall, on: place.isUpsert)
        let write = await failure { try await hasty.upsert([Self.fresh]) }
        #expect(write?.kind == .timeout && write?.isDefinite == false)
        #expect(place.proxy.met == 1)
        place.proxy.arm(.stall, on: place.isRead)
        let read = await failure { _ = try await hasty.get([.int(1)]) }
        #expect(read?.kind == .timeout && read?.isDefinite == true)
        place.proxy.disarm()
        try await eventually { try await hasty.upsert([Self.fresh]) }
        let found = try await eventually { try await hasty.scan(.all, limit: 9) }
        #expect(found == Self.held + [Self.fresh])
    }

    /// A write's answer may say nothing that is needed: then it is done, and no error.
    @Test(arguments: FaultyPlace.speakingHTTP, [FaultProxy.Fault.truncate, .garbage])
    func `an answer that makes no sense is no answer, and never a definite no`(
        name: String, fault: FaultProxy.Fault
    ) async throws {
        let place = try await FaultyPlace.make(name, holding: Self.held)
        place.proxy.arm(fault, on: place.isUpsert)
        do {
            try await place.store.upsert([Self.fresh])
        } catch let error as StoreError {
            #expect(!error.isDefinite, "\(error)")
        }
        #expect(place.proxy.met == 1)
        #expect(try await place.beside.get([Self.fresh.id]) == [Self.fresh])
        place.proxy.arm(fault, on: place.isRead)
        let read = await failure { _ = try await place.store.get([.int(1)]) }
        #expect(
            read?.isDefinite == true && read?.message.contains("'url'") == true,
            "\(read?.message ?? "")")
        try await recovers(place)
    }

    /// Seen with 1.5.9, and known of it: chroma-core/chroma#4212.
    @Test func `a read that meets Chroma writing its graph to disk is made again`() async throws {
        let place = try await FaultyPlace.make("chroma", holding: Self.held)
        let said = "Error creating hnsw segment reader: Nothing found on disk"
        let body = "{\"error\":\"InternalError\",\"message\":\"\(said)\"}"
        let answer =
            "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        place.proxy.arm(.answer(answer), times: 2, on: place.isRead)
        #expect(try await place.store.get([.int(1)]) == [Self.held[0]])
        #expect(place.proxy.met == 3)
        place.proxy.arm(.answer(answer), on: place.isRead)
        let error = await failure { _ = try await place.store.get([.int(1)]) }
        #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
        try await recovers(place)
    }

    @Test(arguments: [
        ("COPY pg_temp", FaultProxy.Fault.resetBefore, true, 0),
        ("COMMIT", .resetBefore, false, 0),
        ("COMMIT", .resetAfter, false, 2_000),
    ])
    func `a batch by COPY is in doubt from its commit on`(
        sent: String, fault: FaultProxy.Fault, isDefinite: Bool, held: Int
    ) async throws {
        let place = try await FaultyPlace.make("pgvector", holding: [])
        let batch = Samples.records(0..<2_000)
        place.proxy.arm(fault) { $0.statement.hasPrefix(sent) }
        let error = await failure { try await place.store.upsert(batch) }
        #expect(error?.kind == .unreachable && error?.isDefinite == isDefinite)
        #expect(place.proxy.met == 1)
        place.proxy.disarm()
        #expect(try await place.store.count() == held)
        try await place.store.upsert(batch)
        #expect(try await place.beside.count() == 2_000)
    }
}

extension FaultProxy.Fault {
    /// The server does not listen, and says when it will.
    static func turnedAway(_ status: Int) -> FaultProxy.Fault {
        .answer(
            "HTTP/1.1 \(status) Busy\r\nRetry-After: 1\r\nContent-Type: application/json\r\n"
                + "Content-Length: 2\r\n\r\n{}")
    }
}
