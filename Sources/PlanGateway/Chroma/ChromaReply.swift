import ChromaFormat
import HTTPServer
import JSON
import PlanCore

/// Answers in Chroma's shapes.
enum ChromaReply {
    static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        var writer = JSONWriter()
        writer.write(value)
        return HTTPResponse(json: writer, status: status)
    }

    /// `{"error": "InvalidArgumentError", "message": "…"}`
    static func error(_ error: GatewayError) -> HTTPResponse {
        let (status, name) = words(error)
        let said = error.hint.isEmpty ? error.message : "\(error.message); \(error.hint)"
        var response = json(
            ["error": .string(name), "message": .string(said)], status: status)
        if let retryAfter = error.retryAfter {
            response.headers.add("Retry-After", String(retryAfter))
        }
        return response
    }

    /// Its status, and the name by which the clients tell errors apart.
    private static func words(_ error: GatewayError) -> (Int, String) {
        switch error.code {
        // Of the right JSON, but not of the right shape.
        case .invalidRequest where error.status == 400: return (422, "ChromaError")
        case .storeFailed: return (500, "InternalError")
        default: break
        }
        switch error.status {
        case 400: return (400, "InvalidArgumentError")
        case 401: return (401, "AuthorizationError")
        case 403: return (403, "AuthError")
        case 404: return (404, "NotFoundError")
        case 500: return (500, "InternalError")
        default: return (error.status, "ChromaError")
        }
    }

    /// What the server says with 400 where the shape is right and the meaning is not.
    static func invalid(_ message: String, hint: String = "") -> GatewayError {
        GatewayError(400, .refused, message, hint: hint)
    }

    static func missing(collection name: String) -> GatewayError {
        GatewayError(404, .notFound, "Collection [\(name.prefix(200))] does not exist")
    }

    static func missing(tenant name: String) -> GatewayError {
        GatewayError(404, .notFound, "Tenant [\(name.prefix(200))] not found")
    }

    static func missing(database name: String) -> GatewayError {
        GatewayError(
            404, .notFound, "Database [\(name.prefix(200))] not found. Are you sure it exists?")
    }

    static func exists(_ name: String) -> GatewayError {
        GatewayError(409, .refused, "Collection [\(name.prefix(200))] already exists")
    }
}

/// What `include` asks for, and in which words it was asked.
struct ChromaParts: Hashable, Sendable {
    enum Part: String, Hashable, Sendable, CaseIterable {
        case distances, documents, embeddings, metadatas, uris
    }

    var parts: [Part]

    func has(_ part: Part) -> Bool { parts.contains(part) }

    /// The least that the store is asked for.
    var projection: Projection {
        if has(.embeddings) { return .full }
        return has(.documents) || has(.metadatas) ? .withoutVectors : .idsOnly
    }
}

extension JSONWriter {
    /// A column for each part that was asked for, null for the others; lists within lists where
    /// there were several queries.
    ///
    /// - Parameter each: writes what one query found, or all that was got.
    mutating func writeChroma(
        _ parts: ChromaParts, columns: [ChromaParts.Part],
        _ each: (ChromaParts.Part?, inout JSONWriter) -> Void
    ) {
        object { writer in
            writer.key("ids")
            each(nil, &writer)
            for part in columns {
                writer.key(part.rawValue)
                if parts.has(part) { each(part, &writer) } else { writer.writeNull() }
            }
            writer.key("include")
            writer.array { writer in
                for part in parts.parts { writer.write(part.rawValue) }
            }
        }
    }

    /// One part of one record; its id where `part` is nil.
    mutating func writeChroma(
        _ part: ChromaParts.Part?, of record: Record, _ metadata: ChromaMetadata
    ) {
        switch part {
        case nil: write(record.id.text)
        case .embeddings:
            guard let floats = record.vectors.values.first?.dense else { return writeNull() }
            write(floats)
        case .documents:
            guard case .string(let text)? = record.payload[metadata.documentField] else {
                return writeNull()
            }
            write(text)
        case .metadatas:
            let fields = metadata.metadata(record.payload)
            if fields.isEmpty { writeNull() } else { write(.object(fields)) }
        case .uris, .distances: writeNull()
        }
    }
}
