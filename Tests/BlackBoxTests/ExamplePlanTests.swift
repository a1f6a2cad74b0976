import Foundation
import PlanCore
import PlanStores
import Postgres
import TestServers
import Testing

extension BlackBox {
    /// The example plans as they are, but for ports and the folders of an application's files, on
    /// stores as they describe them: up to the end of their first verification.
    @Suite(.serialized)
    struct ExamplePlanTests {
        private static let count: Int64 = 120

        /// At once: most of each is waiting for quarantines.
        @Test func `every example between four stores validates, applies and verifies`()
            async throws
        {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await fromSQLite("sqlite-to-pgvector.yaml") }
                group.addTask { try await fromSQLite("sqlite-to-qdrant.yaml") }
                group.addTask { try await fromSQLite("sqlite-to-chroma.yaml") }
                group.addTask { try await fromQdrant() }
                group.addTask { try await fromPostgres() }
                group.addTask { try await tableToTable() }
                try await group.waitForAll()
            }
        }

        @Test func `the example with Milvus validates, applies and verifies`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let server = try RESTServer.shared(.milvus)
            try server.makeCollection("products", dimension: 4, textIDs: false, metric: "COSINE")
            var configuration = MilvusStoreConfiguration(
                url: Secret(server.url), collection: "products")
            configuration.stalenessBound = .seconds(1)
            let store = MilvusStore(configuration: configuration)
            for _ in 0..<500 where (try? await store.checkWritable()) == nil {
                try await Task.sleep(for: .milliseconds(100))
            }
            try await store.upsert(Self.records(RecordID.int))
            await store.close()
            sandbox.variables["MILVUS_URL"] = server.url
            sandbox.variables["MILVUS_TOKEN"] = "root:Milvus"
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            try await carry(out: "milvus-to-pgvector.yaml", sandbox)
        }

        private func fromSQLite(_ name: String) async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let store = SQLiteStore(
                configuration: .init(path: sandbox.path("products.db"), table: "products"))
            try await store.create(Self.description(.int))
            try await store.upsert(Self.records(RecordID.int))
            await store.close()
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            let (qdrant, chroma) = (try RESTServer(.qdrant), try RESTServer(.chroma))
            sandbox.variables["QDRANT_URL"] = qdrant.url
            sandbox.variables["CHROMA_URL"] = chroma.url
            sandbox.variables["QDRANT_API_KEY"] = "not asked for"
            sandbox.variables["CHROMA_TOKEN"] = "not asked for"
            sandbox.variables["HOOK_URL"] = "http://127.0.0.1:1/nobody"
            if name == "sqlite-to-pgvector.yaml" {
                try sandbox.write("vector_db:\n  url: 127.0.0.1:1\n", to: "vector-db.yaml")
                _ = try await sandbox.startApplication(
                    "shop", config: "vector-db.yaml", port: sandbox.port + 1)
            }
            try await carry(out: name, sandbox)
            withExtendedLifetime((qdrant, chroma)) {}
        }

        private func fromQdrant() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let server = try RESTServer(.qdrant)
            let store = QdrantStore(
                configuration: .init(url: Secret(server.url), collection: "products"))
            try await store.create(Self.description(.intOrUUID))
            try await store.upsert(Self.records { _ in .uuid(UUID().uuidString.lowercased()) })
            await store.close()
            sandbox.variables["QDRANT_URL"] = server.url
            sandbox.variables["QDRANT_API_KEY"] = "not asked for"
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            try await carry(out: "qdrant-to-pgvector.yaml", sandbox)
            withExtendedLifetime(server) {}
        }

        private func fromPostgres() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let database = try PostgresServer.shared().makeDatabase()
            try PostgresServer.connect(database).run(
                """
                CREATE EXTENSION IF NOT EXISTS vector;
                CREATE TABLE products (id bigint PRIMARY KEY, payload jsonb NOT NULL,
                    embedding vector(3));
                CREATE INDEX ON products USING hnsw (embedding vector_cosine_ops);
                INSERT INTO products SELECT n, jsonb_build_object('n', n),
                    ARRAY[n, 1, 2]::real[]::vector FROM generate_series(1, \(Self.count)) AS n
                """)
            sandbox.variables["DATABASE_URL"] = database
            try await carry(out: "pgvector-to-files.yaml", sandbox)
        }

        private func tableToTable() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let database = try PostgresServer.shared().makeDatabase()
            try PostgresServer.connect(database).run(
                """
                CREATE EXTENSION IF NOT EXISTS vector;
                CREATE TABLE documents (doc_id text PRIMARY KEY, embedding vector(3),
                    title text, lang text, price numeric);
                CREATE INDEX ON documents USING hnsw (embedding vector_cosine_ops);
                INSERT INTO documents SELECT 'd' || n, ARRAY[n, 1, 2]::real[]::vector,
                    'title ' || n, 'en', n / 4.0 FROM generate_series(1, \(Self.count)) AS n
                """)
            sandbox.variables["OLD_DATABASE_URL"] = database
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            try await carry(out: "pgvector-table-to-table.yaml", sandbox)
        }

        private static func description(
            _ ids: CollectionDescription.IDKind
        ) -> CollectionDescription {
            CollectionDescription(
                name: "products", idKind: ids,
                vectors: [VectorSpec(dimension: 4, distance: .cosine)])
        }

        private static func records(_ id: (Int64) -> RecordID) -> [Record] {
            (1...count).map { number in
                Record(
                    id: id(number), vector: [Float(number), 1, 2, 3],
                    payload: [
                        "title": .string("product \(number)"), "price": .double(9.5),
                        "description": "words about it", "tags": ["a", "b"],
                        "internal_notes": "nobody's affair",
                    ])
            }
        }

        private func carry(out name: String, _ sandbox: Sandbox) async throws {
            let file = Sandbox.plans + "/" + name
            var text = try String(contentsOfFile: file, encoding: .utf8)
            if !text.contains("\ngateway:") {
                text += "\ngateway:\n  listen: 127.0.0.1:6333\n  admin: 127.0.0.1:9464\n"
            }
            text = text.replacing("127.0.0.1:6333", with: "127.0.0.1:\(sandbox.port)")
                .replacing("127.0.0.1:9464", with: "127.0.0.1:\(sandbox.admin)")
                .replacing("/etc/shop/", with: "").replacing("/run/", with: "")
            try sandbox.write(text, to: name)
            let fits = try await sandbox.run("plan", "validate", "--connect", name)
            #expect(fits.code == 0, "\(name): \(fits.output)\(fits.errors)")
            let applied = try await sandbox.run(
                "plan", "apply", "--gateway", "--until=verify", name, within: 240)
            #expect(applied.code == 0, "\(name): \(applied.output)\(applied.errors)")
            let compared = try await sandbox.run("plan", "diff", name)
            #expect(compared.code == 0, "\(name): \(compared.output)\(compared.errors)")
            #expect(compared.output.contains("\(Self.count)"), "\(name): \(compared.output)")
        }
    }
}
