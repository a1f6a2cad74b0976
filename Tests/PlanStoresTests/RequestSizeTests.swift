import Foundation
import HTTPServer
import PlanCore
import Synchronization
import Testing

@testable import PlanStores

/// How many records a request carries, by itself and against a server that is slow.
@Suite struct RequestSizeTests {
    private func size(_ bytes: Int = 8 << 20) -> RequestSize {
        RequestSize(most: 1_000, bytes: bytes, deadline: .seconds(10))
    }

    @Test func `full requests that are soon answered grow up to what the server takes`() {
        let size = size()
        var seen: [Int] = []
        for _ in 0..<5 {
            seen.append(size.records)
            size.saw(size.records, bytes: 0, took: .milliseconds(100))
        }
        #expect(seen == [128, 256, 512, 1_000, 1_000])
    }

    @Test func `one that took long brings it down to what fits, and one out of time to half`() {
        let size = size()
        size.saw(128, bytes: 0, took: .milliseconds(10))
        size.saw(256, bytes: 0, took: .seconds(2))
        #expect(size.records == 128)
        size.failed(128)
        #expect(size.records == 64)
        size.saw(64, bytes: 0, took: .milliseconds(700))
        #expect(size.records == 64)
        for _ in 0..<20 { size.failed(size.records) }
        #expect(size.records == 1)
    }

    @Test func `a single record that took long says nothing of many`() {
        let size = size()
        size.saw(1, bytes: 0, took: .seconds(9))
        size.failed(1)
        #expect(size.records == 128)
        #expect(size.whole == 1_000)
    }

    @Test func `large records make it small, and it forgets them slowly`() {
        let size = size(1_000_000)
        size.saw(1, bytes: 100_000, took: .zero)
        #expect(size.records == 10)
        size.saw(10, bytes: 100, took: .zero)
        #expect(size.records == 11)
        for _ in 0..<200 { size.saw(1, bytes: 10, took: .zero) }
        #expect(size.records > 100)
        size.saw(1, bytes: 2_000_000, took: .zero)
        #expect(size.records == 1)
    }

    @Test func `what had better stay whole is cut only where it would take half of the deadline`() {
        let size = size()
        #expect(size.whole == 1_000)
        // 50 ms for each: a request's half of ten seconds is a hundred of them.
        size.saw(128, bytes: 0, took: .milliseconds(6_400))
        #expect(size.whole == 100)
        for _ in 0..<20 { size.saw(size.records, bytes: 0, took: .zero) }
        #expect(size.whole == 1_000)
        for failing in [1_000, 500, 250] { size.failed(failing) }
        #expect(size.whole == 625)
        size.saw(1, bytes: 4 << 20, took: .zero)
        #expect(size.whole == 2)
    }

    /// A server that takes two milliseconds for a record: 512 are more than a tenth of its deadline.
    @Test func `a slow server is asked for less at a time, a fast one for more, and all comes`()
        async throws
    {
        #expect(try await asked(perRecord: .milliseconds(2), records: 3_000).max() ?? 0 <= 512)
        let fast = try await asked(perRecord: .zero, records: 9_000, deadline: .seconds(60))
        #expect(fast.max() ?? 0 > 512)
    }

    @Test func `an application's write goes in one request, a backfill's in small ones at first`()
        async throws
    {
        let puts = Mutex<[Int]>([])
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { request in
            guard request.method == "PUT" else { return RequestSizeTests.collection }
            let body = String(decoding: request.body, as: UTF8.self)
            puts.withLock { $0.append(body.components(separatedBy: "\"id\":").count - 1) }
            return .json(
                "{\"result\":{\"operation_id\":1,\"status\":\"completed\"},\"status\":\"ok\"}")
        }
        let store = RequestSizeTests.store(server)
        let records = (0..<700).map { Record(id: .int(Int64($0)), vector: [1]) }
        try await store.upsert(records)
        #expect(puts.withLock { $0 } == [700])
        // A request that takes less than a twentieth of it lets the next one be larger.
        let next = RequestSizeTests.store(server, deadline: .seconds(60))
        try await next.load(records)
        #expect(puts.withLock { Array($0.dropFirst()) } == [128, 256, 316])
        await store.close()
        await next.close()
        await server.stop()
    }

    /// As a proxy does that has a limit of its own.
    @Test func `a body that is refused for its size is followed by none as large`() async throws {
        let sizes = Mutex<[Int]>([])
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { request in
            guard request.method == "PUT" else { return RequestSizeTests.collection }
            sizes.withLock { $0.append(request.body.count) }
            if request.body.count > 10_000 { return HTTPResponse(status: 413) }
            return .json(
                "{\"result\":{\"operation_id\":1,\"status\":\"completed\"},\"status\":\"ok\"}")
        }
        let store = RequestSizeTests.store(server)
        let records = (0..<3_000).map { Record(id: .int(Int64($0)), vector: [1]) }
        var refused = 0
        for start in stride(from: 0, to: records.count, by: 500) {
            do {
                try await store.load(Array(records[start..<start + 500]))
            } catch let error as StoreError {
                #expect(error.kind == .refused)
                refused += 1
            }
        }
        let tooLarge = sizes.withLock { $0.filter { $0 > 10_000 } }
        // Each at most three quarters of the one before.
        #expect((1...3).contains(tooLarge.count) && tooLarge.count == refused, "\(tooLarge)")
        await store.close()
        await server.stop()
    }

    private static let collection = HTTPResponse.json(
        """
        {"result": {"status": "green", "config": {"params": {"vectors":
         {"size": 1, "distance": "Euclid"}}}}, "status": "ok", "time": 0}
        """)

    private static func store(
        _ server: HTTPServer, deadline: Duration = .seconds(5)
    ) -> QdrantStore {
        var configuration = QdrantStoreConfiguration(
            url: Secret("http://127.0.0.1:\(server.port)"), collection: "products")
        configuration.http.deadline = deadline
        return QdrantStore(configuration: configuration)
    }

    /// The limits of the pages that a scan asked a server of Qdrant's kind for.
    private func asked(
        perRecord: Duration, records: Int, deadline: Duration = .seconds(5)
    ) async throws -> [Int] {
        let limits = Mutex<[Int]>([])
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { request in
            guard request.path.hasSuffix("/scroll") else { return RequestSizeTests.collection }
            let body = String(decoding: request.body, as: UTF8.self)
            let limit = RequestSizeTests.number(after: "\"limit\":", body) ?? 0
            let first = RequestSizeTests.number(after: "\"offset\":", body) ?? 0
            limits.withLock { $0.append(limit) }
            try? await Task.sleep(for: perRecord * limit)
            let end = min(first + limit, records)
            let points = (first..<end).map { "{\"id\":\($0),\"vector\":[1],\"payload\":{}}" }
            let next = end < records ? "\(end)" : "null"
            return .json(
                "{\"result\":{\"points\":[\(points.joined(separator: ","))],"
                    + "\"next_page_offset\":\(next)},\"status\":\"ok\",\"time\":0}")
        }
        let store = RequestSizeTests.store(server, deadline: deadline)
        let found = try await store.scan(.all, limit: records)
        #expect(found.map(\.id) == (0..<records).map { .int(Int64($0)) })
        await store.close()
        await server.stop()
        return limits.withLock { $0 }
    }

    private static func number(after word: String, _ text: String) -> Int? {
        guard let range = text.firstRange(of: word) else { return nil }
        return Int(text[range.upperBound...].drop { $0 == " " }.prefix { $0.isNumber })
    }
}

extension HTTPResponse {
    fileprivate static func json(_ text: String) -> HTTPResponse {
        HTTPResponse(text: text, type: "application/json")
    }
}
