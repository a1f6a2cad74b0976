import PlanCore
import Postgres

/// What PostgreSQL says as a store's errors.
///
/// A statement that the server refused was rolled back: definite. A connection that was lost is
/// definite as long as nothing had been sent that commits.
enum PostgresFailure {
    static let store = "pgvector"

    static func storeError(
        _ error: PostgresError, _ operation: String, mayBeApplied: Bool
    ) -> StoreError {
        let (kind, advice) = judge(error)
        var message = error.description
        if !error.detail.isEmpty, showsDetail(error.code) { message += ": \(error.detail)" }
        if !advice.isEmpty {
            message += "; \(advice)"
        } else if !error.hint.isEmpty {
            message += "; \(error.hint)"
        }
        return StoreError(
            store: store, operation: operation, kind: kind, message: message,
            isDefinite: !(mayBeApplied && isUnknown(error)))
    }

    /// True where the server did not say what became of the statement.
    static func isUnknown(_ error: PostgresError) -> Bool {
        switch error.kind {
        case .lost, .timeout: true
        // Completion unknown, resolution unknown.
        case .server: ["40003", "08007"].contains(error.code)
        case .notConnected, .interrupted, .misuse: false
        }
    }

    /// The details of a data error quote rows.
    private static func showsDetail(_ code: String) -> Bool {
        !code.hasPrefix("22") && !code.hasPrefix("23")
    }

    private static func judge(_ error: PostgresError) -> (StoreError.Kind, String) {
        switch error.kind {
        case .lost: return error.code.isEmpty ? (.unreachable, "") : judge(code: error.code)
        case .timeout: return (.timeout, "look at the server's load, or give a longer 'deadline'")
        case .interrupted: return (.other, "")
        case .misuse: return (.refused, "")
        case .notConnected, .server:
            if error.code.isEmpty, isDistrust(error.message) {
                return (.unauthorized, "see 'sslmode', 'sslrootcert' and the server's certificate")
            }
            if error.code.isEmpty {
                return (.unreachable, "see that the server runs and that its address is right")
            }
            return judge(code: error.code)
        }
    }

    /// libpq gives these no code; a TLS connection that broke is not one of them.
    private static func isDistrust(_ message: String) -> Bool {
        message.contains("certificate") || message.contains("does not support SSL")
    }

    private static let exact: [String: (StoreError.Kind, String)] = [
        "57014": (.timeout, "give a longer 'deadline', or smaller batches"),
        "25P04": (.timeout, "give a longer 'deadline', or smaller batches"),
        "25P03": (.timeout, "this process did not get on in time; try again"),
        "25006": (.readOnly, "connect to the primary, or make the session writable"),
        "42501": (.unauthorized, "grant the role what it lacks"),
        "42P01": (.notFound, ""),
        "3F000": (.notFound, "create the schema, or name another"),
        "3D000": (.notFound, "create the database, or name another"),
        "42P07": (.alreadyExists, ""),
        "42710": (.alreadyExists, ""),
        "53100": (.full, "make room on the server's disk"),
        "53200": (.busy, "the server is out of memory; try again"),
        "53300": (.busy, "raise max_connections, or use fewer workers"),
        "57P03": (.busy, "the server is starting or stopping; try again"),
        "55P03": (.busy, "another transaction holds the rows; try again"),
        "40001": (.busy, "try again"),
        "40P01": (.busy, "try again"),
        "57P01": (.unreachable, ""), "57P02": (.unreachable, ""), "57P05": (.unreachable, ""),
        "54000": (.refused, ""),
        "0A000": (.unsupported, ""),
        "42704": (.unsupported, "see that the extension 'vector' is installed and new enough"),
        "42883": (.unsupported, "see that the extension 'vector' is installed and new enough"),
    ]

    private static func judge(code: String) -> (StoreError.Kind, String) {
        if let known = exact[code] { return known }
        switch code.prefix(2) {
        case "22", "23", "42", "54": return (.refused, "")
        // What a trigger or a function of the table's own raised.
        case "P0": return (.refused, "")
        case "28": return (.unauthorized, "see the user and password of the connection string")
        case "08": return (.unreachable, "")
        case "53": return (.busy, "try again")
        case "XX": return (.corrupt, "look at the server's log")
        default: return (.other, "")
        }
    }

    static func refused(
        _ message: String, _ operation: String, ids: [RecordID] = []
    ) -> StoreError {
        error(.refused, message, operation, ids: ids)
    }

    static func error(
        _ kind: StoreError.Kind, _ message: String, _ operation: String, ids: [RecordID] = []
    ) -> StoreError {
        StoreError(
            store: store, operation: operation, kind: kind, message: message, isDefinite: true,
            ids: ids)
    }
}
