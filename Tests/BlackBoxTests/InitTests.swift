import Foundation
import PlanCore
import PlanStores
import Postgres
import SQLite
import TestServers
import Testing

/// `plan init`: what it prints validates, and carries a small collection over.
extension BlackBox {
    @Suite(.serialized)
    struct InitTests {
        private let tag = "c\(Int.random(in: 0..<Int.max))"

        /// Makes a plan, checks it and copies; returns the plan's text. `patience` in place of the
        /// 15 seconds that a run waits for older writes where the plan says nothing.
        @discardableResult
        private func carry(
            _ source: String, _ target: String, in sandbox: Sandbox, patience: String? = "2s",
            more: [String] = []
        ) async throws -> String {
            let made = try await sandbox.run(
                "plan", ["init", "--source=\(source)", "--target=\(target)"] + more)
            try #require(made.code == 0, "\(made.errors)")
            var text = made.output
                .replacing(/listen: 127.0.0.1:\d+/, with: "listen: 127.0.0.1:\(sandbox.port)")
                .replacing("9464", with: "\(sandbox.admin)")
                .replacing("staleness_bound: 5s", with: "staleness_bound: 1s")
            if let patience {
                let bounds = "\n  deadline: \(patience)\n  quarantine: \(patience)"
                text = text.replacing("\n  store: ", with: "\(bounds)\n  store: ")
            }
            try sandbox.write(made.output, to: "made.yaml")
            let valid = try await sandbox.run("plan", "validate", "made.yaml")
            #expect(valid.code == 0, "\(valid.output)\(made.output)")
            try sandbox.write(text, to: "plan.yaml")
            let fits = try await sandbox.run("plan", "validate", "--connect", "plan.yaml")
            #expect(fits.code == 0, "\(fits.output)\(text)")
            let applied = try await sandbox.run(
                "plan", "apply", "--gateway", "--until=verify", "plan.yaml")
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)\(text)")
            let compared = try await sandbox.run("plan", "diff", "plan.yaml")
            #expect(compared.code == 0, "\(compared.output)\(compared.errors)")
            return text
        }

        @Test func `a first plan from each store to the next validates and applies`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 60)
            let database = try PostgresServer.shared().makeDatabase()
            let qdrant = try RESTServer.shared(.qdrant).url
            let chroma = try RESTServer.shared(.chroma).url
            try await carry("old.sqlite", database, in: sandbox, patience: nil)
            try await carry(database, "\(qdrant)#\(tag)", in: sandbox)
            try await carry("\(qdrant)#\(tag)", "\(chroma)#\(tag)", in: sandbox)
            let last = try await carry("\(chroma)#\(tag)", "new.sqlite#back", in: sandbox)
            #expect(last.contains("60 records") && last.contains("speak: chroma"), "\(last)")
            try await carry("new.sqlite#back", "files:backups#copy", in: sandbox)
            try await carry("files:backups", "again.sqlite#packages", in: sandbox)
        }

        @Test func `a first plan to Milvus and from it validates and applies`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 60)
            let server = try RESTServer.shared(.milvus)
            try server.makeCollection(tag, dimension: 384, textIDs: false, metric: "COSINE")
            let milvus = "\(server.url)#\(tag)"
            let text = try await carry("old.sqlite#packages", milvus, in: sandbox)
            #expect(text.contains("staleness_bound: 1s"), "\(text)")
            try await carry(milvus, "new.sqlite#back", in: sandbox)
        }

        /// The engine of Milvus 2.5 behind our shim makes the collection itself; its one vector has
        /// no name.
        @Test func `a first plan to a store that keeps no vector's name maps it to none`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let qdrant = try RESTServer.shared(.qdrant).url
            let milvus = try RESTServer.shared(.milvusLite).url
            let source = QdrantStore(configuration: .init(url: Secret(qdrant), collection: tag))
            let spec = VectorSpec(name: "text", dimension: 3, distance: .cosine)
            try await source.create(
                CollectionDescription(name: tag, idKind: .int, vectors: [spec]))
            try await source.upsert(
                (1...60).map {
                    Record(
                        id: .int($0), vectors: ["text": .dense([Float($0), 1, 2])],
                        payload: ["n": .int($0), "deep": ["a": [nil]]])
                })
            await source.close()
            let text = try await carry("\(qdrant)#\(tag)", "\(milvus)#\(tag)", in: sandbox)
            #expect(text.contains("vectors: {text: \"\"}"), "\(text)")
            try sandbox.write(
                text.replacing("vectors: {text: \"\"}", with: "id: keep"), to: "plan.yaml")
            let named = try await sandbox.run("plan", "validate", "--connect", "plan.yaml")
            #expect(named.code == 2, "\(named.output)")
            #expect(named.output.contains("vectors: {text: \"\"}"), "\(named.output)")
            try await carry("\(milvus)#\(tag)", "new.sqlite#back", in: sandbox)
        }

        @Test func `a table of sqlite-vec is found, asks for its library and is carried`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let library = try SQLiteExtension.vec0()
            do {
                let file = try SQLiteDatabase(
                    path: sandbox.path("docs.sqlite"), access: .readWriteCreate)
                try file.load(extension: library)
                try file.execute(
                    """
                    CREATE VIRTUAL TABLE docs USING vec0(
                        id text primary key, embedding float[3] distance_metric=cosine,
                        genre text, +note text)
                    """)
                for n in 1...70 {
                    try file.execute(
                        "INSERT INTO docs VALUES ('k\(n)', '[\(n), 1, 2]', 'g\(n % 3)', NULL)")
                }
            }
            let unnamed = try await sandbox.run("plan", "init", "--source=docs.sqlite")
            #expect(unnamed.code == 1 && unnamed.errors.contains("--source-extension=…/vec0.so"))
            let database = try PostgresServer.shared().makeDatabase()
            let text = try await carry(
                "docs.sqlite", database, in: sandbox, more: ["--source-extension=\(library)"])
            #expect(text.contains("extension: ") && text.contains("70 records"), "\(text)")
            let counted = try PostgresServer.connect(database).once(
                "SELECT count(*), count(*) FILTER (WHERE payload->>'genre' = 'g1') FROM docs")
            #expect(counted.integer(0, 0) == 70 && counted.integer(0, 1) == 24)
        }

        @Test func `sparse vectors go from Qdrant to PostgreSQL and back`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let database = try PostgresServer.shared().makeDatabase()
            let first = try PostgresServer.connect(database)
            try first.run(
                """
                CREATE EXTENSION IF NOT EXISTS vector;
                CREATE TABLE words (id bigint PRIMARY KEY, payload jsonb, embedding vector(2),
                    title vector(3), terms sparsevec(1000));
                INSERT INTO words SELECT n, jsonb_build_object('n', n),
                    ARRAY[n, 1]::real[]::vector, ARRAY[n, 1, 2]::real[]::vector,
                    format('{1:0.5,%s:%s}/1000', n + 1, n)::sparsevec
                    FROM generate_series(1, 80) AS n
                """)
            let qdrant = try RESTServer.shared(.qdrant).url
            try await carry("\(database)#words", "\(qdrant)#\(tag)", in: sandbox)
            let other = try PostgresServer.shared().makeDatabase()
            try await carry("\(qdrant)#\(tag)", "\(other)#words", in: sandbox)
            let held = try PostgresServer.connect(other).once(
                "SELECT terms::text, title <=> '[7,1,2]' < 1e-6 FROM words WHERE id = 7")
            #expect(held.text(0, 0) == "{1:0.5,8:7}/1000000000")
            #expect(held.bool(0, 1) == true)
        }

        @Test func `columns of other names are found`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let database = try PostgresServer.shared().makeDatabase()
            try PostgresServer.connect(database).run(
                """
                CREATE EXTENSION IF NOT EXISTS vector;
                CREATE TABLE items (sku text PRIMARY KEY, title text, price int, v vector(3));
                INSERT INTO items VALUES ('a', 'one', 1, '[1,0,0]'), ('b', NULL, 2, '[0,1,0]')
                """)
            let text = try await carry(database, "new.sqlite", in: sandbox)
            #expect(text.contains("id: sku"), "\(text)")
            #expect(text.contains("payload: {columns: [title, price]}"), "\(text)")
        }

        @Test func `without a target it names one to fill in, and validates`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 10)
            let made = try await sandbox.run("plan", "init", "--source=old.sqlite")
            try sandbox.write(made.output, to: "plan.yaml")
            let valid = try await sandbox.run("plan", "validate", "plan.yaml")
            #expect(valid.code == 0, "\(valid.output)\(made.output)\(made.errors)")
            #expect(made.output.contains("env:TARGET_URL"))
        }

        @Test(arguments: [
            ("nowhere.db", "nowhere.db"), ("old.sqlite#other", "there are packages"),
            ("postgresql://me:secret@db/shop#items", "holds a password"),
            ("http://127.0.0.1:9#items", "nothing answers"), ("", "no address"),
        ])
        func `what cannot be looked at is said`(source: String, word: String) async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 10)
            let made = try await sandbox.run("plan", "init", "--source=\(source)")
            #expect(made.code != 0)
            #expect(made.errors.contains(word), "\(made.errors)")
            #expect(!made.errors.contains("secret"))
        }
    }
}
