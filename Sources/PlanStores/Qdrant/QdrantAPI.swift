import HTTPClient
import JSON
import PlanCore

/// Qdrant's REST API: its envelope, its errors, and whether it is Qdrant at all that answers.
struct QdrantAPI: Sendable {
    static let store = "qdrant"

    let channel: HTTPChannel
    /// `/collections/NAME`
    let collection: String

    init(_ configuration: QdrantStoreConfiguration) {
        var headers: [(name: String, value: String)] = []
        if let key = configuration.http.apiKey { headers.append(("api-key", key.reveal())) }
        channel = HTTPChannel(
            store: QdrantAPI.store, configuration: configuration.http, headers: headers,
            words: QdrantAPI.words)
        collection = "/collections/" + configuration.collection.percentEscaped
    }

    var failure: HTTPFailure { channel.failure }

    /// What a call gave: the document that holds `result`, or that nothing of that name is there.
    enum Answer {
        case result(JSONDocument)
        /// With the server's own words; none, where it does not know the path.
        case missing(String)
    }

    /// - Parameter isAtomic: whether a refusal means that nothing was changed. Qdrant takes a
    ///   batch point by point: one that it refuses may have been applied up to there.
    /// - Parameter mayLackPath: whether older servers do not have it: a 404 without a reason is then
    ///   `missing`, and else the answer of another kind of server.
    func ask(
        _ call: HTTPChannel.Call, isAtomic: Bool = true, mayLackPath: Bool = false
    ) async throws -> Answer {
        let response: HTTPClientResponse
        do {
            response = try await channel.send(call, expected: [400, 404])
        } catch let error as StoreError {
            throw judged(error)
        }
        if response.status == 400 {
            var error = failure.error(
                status: response, said: QdrantAPI.words(response), call.operation,
                mayBeApplied: call.effect == .write)
            if !isAtomic, call.effect == .write { error.isDefinite = false }
            throw judged(error)
        }
        if response.status == 404 {
            let root = (try? JSONDocument.parse(response.body))?.root
            if let said = root?["status"]?["error"]?.string { return .missing(said) }
            if mayLackPath { return .missing("") }
            throw failure.foreign(
                "status 404 without a reason", call.operation, mayBeApplied: false)
        }
        let document = try channel.document(response, call)
        guard document.root["result"] != nil, document.root["status"] != nil else {
            throw failure.foreign(
                "'result' is missing", call.operation, mayBeApplied: call.effect == .write)
        }
        return .result(document)
    }

    /// As `ask`, where what is missing is an error.
    func result(_ call: HTTPChannel.Call, isAtomic: Bool = true) async throws -> JSONDocument {
        switch try await ask(call, isAtomic: isAtomic) {
        case .result(let document): return document
        case .missing(let said):
            // A point that a batch needs may be missing after others were changed.
            let isWhole = said.contains("ollection") || isAtomic
            throw failure.error(.notFound, said, call.operation, isDefinite: isWhole)
        }
    }

    /// A change: acknowledged is not enough, it must be applied.
    func change(_ call: HTTPChannel.Call, isAtomic: Bool) async throws {
        let root = try await result(call, isAtomic: isAtomic).root
        guard let result = root["result"] else { return }
        for outcome in result.kind == .array ? result.items : [result] {
            let status = outcome["status"]?.string
            guard status == "completed" else {
                throw failure.error(
                    .timeout,
                    "the change is not applied yet: its status is '\(status ?? "unknown")'",
                    call.operation, isDefinite: false)
            }
        }
    }

    /// The server's own words; of another server's answer its beginning.
    private static let words: @Sendable (HTTPClientResponse) -> String = { response in
        let document = try? JSONDocument.parse(response.body)
        if let said = document?.root["status"]?["error"]?.string { return said }
        let text = response.text.prefix(200).filter { !$0.isNewline }
        return text.isEmpty ? "" : "status \(response.status): \(text)"
    }

    private func judged(_ error: StoreError) -> StoreError {
        var error = error
        let said = error.message.lowercased()
        if said.contains("already exists") {
            error.kind = .alreadyExists
        } else if said.contains("no space left") || said.contains("disk is full")
            || said.contains("not enough space")
        {
            error.kind = .full
        } else if error.kind == .other, said.contains("timeout") {
            error.kind = .timeout
        }
        return error
    }
}
