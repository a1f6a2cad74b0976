import HTTPServer
import JSON
import PlanCore
import QdrantFormat

/// Answers in Qdrant's shapes.
enum QdrantReply {
    /// `{"result": …, "status": "ok", "time": …}`, seconds.
    static func result(
        within elapsed: Duration, _ body: (inout JSONWriter) -> Void
    ) -> HTTPResponse {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("result")
            body(&writer)
            writer.key("status")
            writer.write("ok")
            writer.key("time")
            writer.write(elapsed.seconds)
        }
        return HTTPResponse(json: writer)
    }

    /// `{"status": {"error": "…"}, "time": 0}`; of a missing credential the bare text.
    static func error(_ error: GatewayError) -> HTTPResponse {
        if error.status == 401 {
            return HTTPResponse(
                status: 401, text: "Must provide an API key or an Authorization bearer token")
        }
        let said = error.hint.isEmpty ? error.message : "\(error.message); \(error.hint)"
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("status")
            writer.object { writer in
                writer.key("error")
                writer.write(prefix(error) + said)
            }
            writer.key("time")
            writer.write(0.0)
        }
        var response = HTTPResponse(json: writer, status: error.status)
        if let retryAfter = error.retryAfter {
            response.headers.add("Retry-After", String(retryAfter))
        }
        return response
    }

    /// As the server's own messages begin.
    private static func prefix(_ error: GatewayError) -> String {
        switch error.status {
        case 400 where [.invalidJSON, .invalidRequest].contains(error.code):
            "Format error in JSON body: "
        case 400: "Wrong input: "
        case 403: "Forbidden: "
        case 404: "Not found: "
        case 422: "Validation error in JSON body: "
        case 500: "Service internal error: "
        default: ""
        }
    }

    static func missing(point id: RecordID) -> GatewayError {
        GatewayError(404, .notFound, "No point with id \(id.text) found")
    }

    static func missing(collection name: String) -> GatewayError {
        GatewayError(404, .notFound, "Collection `\(name.prefix(200))` doesn't exist!")
    }
}

extension JSONWriter {
    /// A write's `result`. The gateway waits for every write, so that all are completed.
    mutating func writeQdrantUpdate() {
        object { writer in
            writer.key("operation_id")
            writer.write(0)
            writer.key("status")
            writer.write("completed")
        }
    }

    /// A point with what was asked of it; `score` where it was found by a search.
    mutating func write(_ record: Record, score: Float? = nil, _ parts: QdrantParts) {
        object { writer in
            writer.key("id")
            writer.write(QdrantPoint.json(record.id))
            if let score {
                writer.key("version")
                writer.write(0)
                writer.key("score")
                writer.write(score)
            }
            if let payload = parts.payload.applied(to: record.payload) {
                writer.key("payload")
                writer.write(.object(payload))
            }
            if let vectors = parts.vectors.applied(to: record.vectors) {
                writer.key("vector")
                QdrantPoint.write(vectors, to: &writer)
            }
        }
    }
}
