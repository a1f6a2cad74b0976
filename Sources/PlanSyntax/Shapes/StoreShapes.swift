import PlanCore

/// `source` and `target`: the fields depend on the kind of store.
enum StoreShapes {
    static let source = Shape.variants(
        key: "store", StoreKind.allCases.map { Shape.Variant(value: $0.rawValue, shape: store($0)) }
    )
    static let target = Shape.variants(
        key: "store",
        StoreKind.allCases.map { kind in
            var shape = store(kind)
            shape.fields.append(
                FieldShape(
                    "existing", .choice(StoreEndpoint.Existing.allCases.map(\.rawValue)),
                    "A target that already holds data: refuse (default) or adopt."))
            return Shape.Variant(value: kind.rawValue, shape: shape)
        })

    private static func store(_ kind: StoreKind) -> ObjectShape {
        let own =
            switch kind {
            case .sqlite: sqlite
            case .pgvector: pgvector
            case .qdrant: server + qdrant
            case .chroma: server + chroma
            case .milvus: server + milvus
            case .files: files
            }
        var shape = ObjectShape(name: kind.rawValue, fields: own + common(kind))
        switch kind {
        case .sqlite: shape.synonyms = ["url": "path", "file": "path", "collection": "table"]
        case .files:
            shape.synonyms = ["url": "path", "folder": "path", "table": "collection"]
        case .pgvector: shape.synonyms = ["path": "url", "collection": "table", "dsn": "url"]
        default: shape.synonyms = ["path": "url", "table": "collection"]
        }
        shape.misplaced = ["existing": "it belongs to the target"]
        if kind.isLocal {
            shape.misplaced["search"] = "\(kind.rawValue) searches exactly: leave it out"
        }
        if kind.isLocal || kind == .pgvector {
            shape.misplaced["api_key"] = "\(kind.rawValue) takes none: leave it out"
        }
        return shape
    }

    private static let sqlite =
        [
            FieldShape(
                "path", .reference, required: true, "The database file, beside this plan."),
            FieldShape("table", .text(.any), required: true, "The table."),
            FieldShape(
                "payload", .text(.sqlName), "Column of the payload, JSON. Default: payload."),
            FieldShape(
                "extension", .reference,
                "The library of sqlite-vec (vec0.so), beside this plan, for one of its tables."),
        ] + columns(vector: "vector")

    private static let files = [
        FieldShape(
            "path", .reference, required: true,
            "The folder that holds the collections' folders, beside this plan."),
        FieldShape("collection", .text(.any), required: true, "The collection's folder in it."),
    ]

    private static let pgvector =
        [
            FieldShape("url", .reference, required: true, "postgresql://…, or env:NAME."),
            FieldShape("schema", .text(.sqlName), "Default: the connection's search path."),
            FieldShape("table", .text(.sqlName), required: true, "The table."),
            FieldShape(
                "payload", .forms(scalar: .text(.sqlName), list: nil, mapping: .object(payload)),
                "Column of the payload as JSON. Default: payload."),
        ] + columns(vector: "embedding") + [
            FieldShape(
                "element", .choice(TableLayout.Element.allCases.map(\.rawValue)),
                "Type of a created vector column: vector (default) or halfvec.")
        ]

    private static func columns(vector: String) -> [FieldShape] {
        [
            FieldShape("id", .text(.sqlName), "Column of the ids. Default: id."),
            FieldShape("vector", .text(.sqlName), "Column of the vector. Default: \(vector)."),
            FieldShape("vectors", .map(.text(.sqlName)), "Several vectors: {name: column}."),
            FieldShape(
                "distance", .choice(Distance.allCases.map(\.rawValue)),
                "How vectors are compared, where the table itself does not say."),
        ]
    }

    private static let payload = ObjectShape(
        name: "payload",
        fields: [
            FieldShape(
                "columns",
                .forms(
                    scalar: nil, list: .list(.text(.sqlName), minimum: 1),
                    mapping: .map(.text(.sqlName))), required: true,
                "A column for each field: [title, price] or {field: column}.")
        ])

    private static let server = [
        FieldShape("url", .reference, required: true, "http://host:port, or env:NAME."),
        FieldShape("api_key", .secret, "env:NAME or file:PATH."),
        FieldShape("collection", .text(.any), required: true, "The collection."),
        FieldShape(
            "ca", .text(.any), "https: who may sign the server's certificate, a file in PEM."),
    ]

    /// `ids`, as the plan says it.
    static let idKinds: [(word: String, kind: CollectionDescription.IDKind)] = [
        ("int", .int), ("uuid", .uuid), ("any", .intOrUUID),
    ]

    private static let qdrant = [
        FieldShape(
            "ids", .choice(idKinds.map(\.word)),
            "What every id is, where the other store holds one kind only. Default: any."),
        FieldShape("shard_key", .text(.any), "The one shard to work on, of custom sharding."),
    ]

    private static let chroma = [
        FieldShape("tenant", .text(.any), "Whose database it is. Default: default_tenant."),
        FieldShape(
            "database", .text(.any), "The database on the server. Default: default_database."),
        FieldShape(
            "document", .text(.any),
            "The payload field that is Chroma's own document. Default: document."),
    ]

    private static let milvus = [
        FieldShape("database", .text(.any), "The database on the server. Default: default."),
        FieldShape(
            "grpc", .flag,
            "Write records over gRPC where the server has it at 'url'. Default: true for a 2.3, "
                + "false for later ones."),
    ]

    private static func common(_ kind: StoreKind) -> [FieldShape] {
        var fields = [
            FieldShape(
                "deadline", .duration(minimum: .milliseconds(1)),
                "How long one request may take. Default: 10s."),
            FieldShape(
                "quarantine", .duration(minimum: .milliseconds(1)),
                "How long a request of unknown outcome may still be applied. "
                    + (kind.isLocal ? "Default: deadline." : "Default: deadline + 5s.")),
            FieldShape(
                "staleness_bound", .duration(minimum: .zero),
                "How far behind a read may be. Default: \(Quantity.text(kind.stalenessBound))."),
        ]
        if !kind.isLocal {
            fields.append(
                FieldShape(
                    "connections", .integer(1...1_000),
                    "How many one process may have to it. Default: "
                        + (kind == .pgvector ? "4." : "16.")))
        }
        if !kind.searchSettings.isEmpty {
            let settings = kind.searchSettings.map { name in
                FieldShape(name, .integer(1...100_000), "Given with every search.")
            }
            fields.append(
                FieldShape(
                    "search", .object(ObjectShape(name: "search", fields: settings)),
                    "Settings given with every search."))
        }
        return fields
    }
}
