import PlanCore
import YAML

struct EndpointBuilder {
    let issues: Issues

    func build(_ value: Value) -> StoreEndpoint? {
        let table = layout(value)
        guard let kind = value["store"]?.choice(StoreKind.self),
            let address = value["path"] ?? value["url"], let text = address.text,
            let collection = (value["table"] ?? value["collection"])?.text
        else { return nil }
        let reference = ValueReference(text)
        checkAddress(reference, kind, at: address.span)
        var endpoint = StoreEndpoint(
            kind: kind, address: reference, collection: collection,
            deadline: value["deadline"]?.duration ?? .seconds(10))
        endpoint.apiKey = value["api_key"]?.text.flatMap(SecretReference.init)
        endpoint.tenant = value["tenant"]?.text
        endpoint.database = value["database"]?.text
        endpoint.document = value["document"]?.text
        endpoint.authorities = value["ca"]?.text
        endpoint.shardKey = value["shard_key"]?.text
        endpoint.library = value["extension"]?.text.map(ValueReference.init)
        if let word = value["ids"]?.text {
            endpoint.ids = StoreShapes.idKinds.first { $0.word == word }?.kind
        }
        checkKey(endpoint, value)
        endpoint.table = table
        endpoint.line = issues.line(of: value.span)
        for (key, setting) in value["search"]?.fields ?? [] {
            if let name = key.scalar?.text { endpoint.search[name] = setting.integer }
        }
        if let existing = value["existing"]?.choice(StoreEndpoint.Existing.self) {
            endpoint.existing = existing
        }
        endpoint.writesByRPC = value["grpc"]?.flag
        endpoint.connections = value["connections"]?.integer
        if let bound = value["staleness_bound"]?.duration { endpoint.stalenessBound = bound }
        if let quarantine = value["quarantine"], let duration = quarantine.duration {
            endpoint.quarantine = duration
            if duration < endpoint.deadline {
                issues.error(
                    "the quarantine '\(quarantine.node.scalar?.text ?? "")' is shorter than the "
                        + "deadline", at: quarantine.span,
                    hint: "give at least \(Quantity.text(endpoint.deadline)): a request may "
                        + "still be applied until its deadline")
            }
        }
        return endpoint
    }

    private func layout(_ value: Value) -> TableLayout {
        let kind = value["store"]?.choice(StoreKind.self) ?? .pgvector
        var layout = TableLayout(kind)
        layout.distance = value["distance"]?.choice()
        layout.schema = value["schema"]?.text
        if let column = value["id"]?.text { layout.idColumn = column }
        if let column = value["vector"]?.text {
            layout.vectorColumns = [Record.defaultVector: column]
        }
        if let vectors = value["vectors"] {
            let columns = vectors.textsByKey
            if value["vector"] != nil, let span = value.keySpan("vectors") {
                issues.error(
                    "both 'vector' and 'vectors' are given", at: span, hint: "keep one of them")
            }
            if !columns.isEmpty { layout.vectorColumns = columns }
        }
        if let payload = value["payload"] {
            if let column = payload.text {
                layout.payload = .document(column: column)
            } else if let columns = payload["columns"] {
                layout.payload = .columns(
                    columns.fields == nil
                        ? Dictionary(columns.texts.map { ($0, $0) }, uniquingKeysWith: { $1 })
                        : columns.textsByKey)
            }
        }
        if let element = value["element"]?.choice(TableLayout.Element.self) {
            layout.element = element
        }
        checkColumns(layout, at: value)
        return layout
    }

    /// Two things in one column would overwrite each other.
    private func checkColumns(_ layout: TableLayout, at value: Value) {
        var owners = [layout.idColumn: "id"]
        var claims = layout.vectorColumns.sorted { $0.key < $1.key }.map {
            ($0.value, $0.key.isEmpty ? "the vector" : "the vector '\($0.key)'", "vector")
        }
        switch layout.payload {
        case .document(let column): claims.append((column, "the payload", "payload"))
        case .columns(let columns):
            claims += columns.sorted { $0.key < $1.key }.map {
                ($0.value, "the field '\($0.key)'", "payload")
            }
        }
        for (column, owner, key) in claims {
            if let first = owners[column] {
                let span = value.keySpan(key) ?? value.keySpan("vectors") ?? value.keySpan("id")
                issues.error(
                    "the column '\(column)' holds both \(first) and \(owner)",
                    at: span ?? value.span.lowerBound..<value.span.lowerBound + 1,
                    hint: "name another column")
            }
            owners[column] = owner
        }
    }

    private func checkKey(_ endpoint: StoreEndpoint, _ value: Value) {
        guard endpoint.apiKey != nil, case .literal(let text) = endpoint.address,
            let rest = text.wholeMatch(of: /http:\/\/([^\/?#]*).*/)?.output.1,
            let span = value.keySpan("api_key")
        else { return }
        let authority = rest.split(separator: "@").last.map(String.init) ?? ""
        let place = HostPort(authority) ?? HostPort(authority + ":80")
        if place?.isLoopback == true { return }
        issues.warning(
            "the API key goes over the network in the clear", at: span,
            hint: "write https:// in 'url'")
    }

    private func checkAddress(_ address: ValueReference, _ kind: StoreKind, at span: Range<Int>) {
        guard case .literal(let text) = address, let scheme = text.firstRange(of: "://") else {
            if case .literal(let text) = address, kind == .pgvector, !text.contains("=") {
                issues.error(
                    "'\(text)' is not the address of a PostgreSQL database", at: span,
                    hint: "write postgresql://host:5432/database, or env:NAME")
            }
            return
        }
        let word = String(text[..<scheme.lowerBound])
        let known =
            switch kind {
            case .sqlite, .files: [String]()
            case .pgvector: ["postgresql", "postgres"]
            case .qdrant, .chroma, .milvus: ["http", "https"]
            }
        guard !known.contains(word) else { return }
        issues.error(
            "\(kind.rawValue) does not speak '\(word)://'", at: span,
            hint: known.first.map { "write \($0)://…" }
                ?? "write the path of a \(kind == .files ? "folder" : "file")")
    }
}
