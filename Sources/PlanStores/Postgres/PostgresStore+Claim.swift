import PlanCore
import Postgres

extension PostgresStore {
    private static let claims = "crossfade_claim"
    /// Two processes that make the same table at once would trip over each other.
    private static let claimLock = 0x6372_6f73

    package func claim(_ claim: RunClaim) async throws -> RunClaim {
        let collection = configuration.table
        return try await pool.run("claim", .transaction) { session in
            let connection = session.connection
            let table = PostgresStore.named(session.schema, PostgresStore.claims)
            if try PostgresCatalog.table(PostgresStore.claims, session) == nil {
                try connection.run(
                    """
                    SELECT pg_advisory_xact_lock(\(PostgresStore.claimLock));
                    CREATE TABLE IF NOT EXISTS \(table) (collection text PRIMARY KEY,
                        run text NOT NULL, plan text NOT NULL, host text NOT NULL,
                        state text NOT NULL, made timestamptz NOT NULL DEFAULT now())
                    """)
            }
            var parameters = PostgresParameters()
            for text in [collection, claim.run, claim.plan, claim.host, claim.state] {
                parameters.add(text)
            }
            try connection.once(
                "INSERT INTO \(table) (collection, run, plan, host, state) "
                    + "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (collection) DO NOTHING",
                parameters)
            var wanted = PostgresParameters()
            wanted.add(collection)
            let found = try connection.once(
                "SELECT run, plan, host, state FROM \(table) WHERE collection = $1", wanted)
            guard found.count > 0 else { return claim }
            return RunClaim(
                run: found.text(0, 0) ?? "", plan: found.text(0, 1) ?? "",
                host: found.text(0, 2) ?? "", state: found.text(0, 3) ?? "")
        }
    }

    package func release(_ claim: RunClaim) async throws {
        let collection = configuration.table
        try await pool.run("release", .statement) { session in
            guard try PostgresCatalog.table(PostgresStore.claims, session) != nil else { return }
            var parameters = PostgresParameters()
            parameters.add(collection)
            parameters.add(claim.run)
            try session.connection.once(
                "DELETE FROM \(PostgresStore.named(session.schema, PostgresStore.claims)) "
                    + "WHERE collection = $1 AND run = $2", parameters)
        }
    }
}
