import PlanCore
import PlanStores
import Postgres
import Testing

@Suite struct PostgresFilterTests {
    static let payloads: [JSONObject] = [
        [:], ["a": nil], ["a": 1], ["a": 1.0], ["a": 1.5], ["a": "1"], ["a": true], ["a": [1, 2]],
        ["a": ["x", nil, ["n": 1]]], ["a": [["n": 1, "m": 2]]], ["a": ["b": 1]],
        ["a": ["b": ["c": "deep"]]], ["a.b": 2, "a": ["b": 3]], ["a": ["b.c": 4]],
        ["a": .int(9_007_199_254_740_993)], ["a": .double(1e300)], ["a": "ünï 'q' \"d\" \\ %_"],
        ["a": ""], ["a": -0.5, "b": "x"], ["it's \"b\"": 7], ["a": [:]], ["a": []],
    ]

    static let leaves: [Filter] = {
        let values: [JSONValue] = [
            nil, 1, 1.5, "1", true, [1, 2], ["b": 1], "", .double(1e300),
            .int(9_007_199_254_740_993), "x\0",
        ]
        var leaves: [Filter] = [
            .and([]), .or([]), .hasID([]), .hasID([.int(1), .int(3), .string("1")]),
            .exists(field: "a"), .exists(field: "a.b"), .exists(field: "a.b.c"),
            .exists(field: "it's \"b\""), .exists(field: "no\0"),
            .contains(field: "a", ["n": 1]), .contains(field: "a", "x"),
            .contains(field: "a", nil), .contains(field: "a", 1), .contains(field: "a", "q'"),
            .contains(field: "a", "%"), .contains(field: "a", "\\"),
            .anyOf(field: "a", []), .anyOf(field: "a", [1, "1", nil]),
            .anyOf(field: "a.b", [1, 2, 3]), .equal(field: "a.b", 2), .equal(field: "a.b", 3),
            .equal(field: "a.b.c", "deep"), .equal(field: "a.b.c", 4),
            .equal(field: "it's \"b\"", 7),
        ]
        for value in values {
            leaves += [.equal(field: "a", value), .notEqual(field: "a", value)]
        }
        for bound in [1, 1.5, 0, -1, 0x1p53, 1e300, .infinity, -.infinity, .nan] {
            leaves += [
                .less(field: "a", bound), .lessOrEqual(field: "a", bound),
                .greater(field: "a", bound), .greaterOrEqual(field: "a", bound),
            ]
        }
        return leaves
    }()

    static let combined: [Filter] =
        leaves + leaves.map { .not($0) } + leaves.map { .not(.not($0)) }
        + zip(leaves, leaves.dropFirst(7)).flatMap { left, right in
            [
                .and([left, .not(right)]), .or([.not(left), right]),
                .not(.and([left, right])), .not(.or([left, right])),
            ]
        }

    @Test func `a filter means in SQL what it means to PlanCore`() async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        let records = Self.payloads.enumerated().map {
            PostgresFixture.record(Int64($0.offset), $0.element)
        }
        try await fixture.store.upsert(records)
        for filter in Self.combined {
            let found = try await fixture.store.scan(
                .all, after: nil, limit: 100, matching: filter, .idsOnly
            ).map(\.id)
            let wanted = records.filter(filter.matches).map(\.id)
            #expect(found == wanted, "\(filter)")
        }
    }

    @Test func `a payload index serves a plain comparison`() async throws {
        let fixture = try PostgresFixture()
        var wanted = PostgresFixture.description()
        wanted.payloadIndexes = [
            PayloadIndex(field: "kind", kind: .keyword), PayloadIndex(field: "n", kind: .integer),
        ]
        try await fixture.store.create(wanted)
        try await fixture.store.upsert(
            (0..<3_000).map {
                PostgresFixture.record($0, ["n": .int($0), "kind": .string("k\($0)")])
            })
        try fixture.beside.run("ANALYZE products")
        _ = try await fixture.store.count(
            matching: .and([.equal(field: "kind", "k7"), .less(field: "n", 9)]))
        _ = try await fixture.store.count(matching: .less(field: "n", 9))
        // Statistics of a session arrive when it is idle, or at its end.
        await fixture.store.close()
        var scans: Int64 = 0
        for _ in 0..<500 where scans < 2 {
            try await Task.sleep(for: .milliseconds(50))
            let found = try fixture.beside.once(
                "SELECT coalesce(sum(idx_scan), 0)::int8 FROM pg_stat_user_indexes "
                    + "WHERE indexrelname LIKE '%field%'")
            scans = found.integer(0, 0) ?? 0
        }
        #expect(scans >= 2)
    }
}
