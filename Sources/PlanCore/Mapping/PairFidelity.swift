/// What a pair of stores carries of a collection, and how well: said before anything moves.
package struct PairFidelity: Sendable {
    /// What may be lost where a plan allows it by name, under `mapping.allow_loss`.
    package enum Loss: String, Hashable, Sendable, CaseIterable {
        /// float32 vectors in a column of float16.
        case halfPrecision = "half_precision"
        /// Nested values as JSON text, which the target's own filters do not see into.
        case nested
    }

    package enum Verdict: Hashable, Sendable {
        case exact
        /// The same within a tolerance, which the verifier knows.
        case within
        /// Only where the plan allows it.
        case lost(Loss)
        /// Nothing of a record: what the target makes of it, or does not.
        case left
        /// Records of that kind are refused one by one.
        case refused
        /// Not as the source has it, by the plan's own wish: nothing that it has to allow besides.
        case asked
    }

    package struct Line: Hashable, Sendable {
        /// `ids`, `vector 'image'`, `payload`, …
        package var subject: String
        package var verdict: Verdict
        /// For people; may be empty where it is carried exactly.
        package var note: String

        package init(_ subject: String, _ verdict: Verdict, _ note: String = "") {
            self.subject = subject
            self.verdict = verdict
            self.note = note
        }

        /// `exactly`, `within a tolerance: …`
        package var text: String {
            let word =
                switch verdict {
                case .exact: "exactly"
                case .within: "within a tolerance"
                case .lost(let loss): "lost (\(loss.rawValue))"
                case .left: "not carried"
                case .refused: "refused"
                case .asked: "as the plan asks"
                }
            return note.isEmpty ? word : "\(word): \(note)"
        }
    }

    /// One side: its kind, what it can do, and the collection as it is or shall be there.
    package struct End: Sendable {
        package var kind: StoreKind
        package var capabilities: StoreCapabilities
        package var collection: CollectionDescription

        package init(
            _ kind: StoreKind, _ capabilities: StoreCapabilities,
            _ collection: CollectionDescription
        ) {
            self.kind = kind
            self.capabilities = capabilities
            self.collection = collection
        }
    }

    private let source: End
    private let target: End
    private let rules: MappingRules
    /// Fields that hold nested values, where somebody looked.
    private let nestedFields: [String]

    package init(
        _ source: End, _ target: End, rules: MappingRules, nestedFields: [String] = []
    ) {
        self.source = source
        self.target = target
        self.rules = rules
        self.nestedFields = nestedFields
    }

    package var lines: [Line] {
        [ids] + source.collection.vectors.map(vector) + [payload] + askedFields + others
    }

    private var ids: Line {
        guard case .uuid5(let field) = rules.id else { return Line("ids", .exact) }
        return Line("ids", .exact, "as UUIDs; the original stays in the field '\(field)'")
    }

    private func vector(_ spec: VectorSpec) -> Line {
        let subject = spec.name.isEmpty ? "vector" : "vector '\(spec.name)'"
        let name = rules.vectorNames.forward(spec.name)
        let twin = target.collection.vector(name)
        if twin?.element == .float16, spec.element == .float32 {
            return Line(
                subject, .lost(.halfPrecision), "each number is rounded to float16, 11 bits")
        }
        if PairFidelity.normalizes(source, target, spec.distance, twin?.distance) {
            return Line(subject, .within, "the same direction, to 1e-6; its length is not kept")
        }
        return Line(subject, .exact)
    }

    /// Whether a cosine vector comes back normalised from one of the two.
    private static func normalizes(
        _ source: End, _ target: End, _ distance: Distance, _ twin: Distance?
    ) -> Bool {
        (source.capabilities.normalizesCosine && distance == .cosine)
            || (target.capabilities.normalizesCosine && (twin ?? distance) == .cosine)
    }

    private var payload: Line {
        if !nestedFields.isEmpty {
            let names = nestedFields.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
            return Line(
                "payload", .lost(.nested),
                "\(names) will be JSON text in \(target.kind.rawValue), which its own filters do "
                    + "not see into; all of it comes back as it was")
        }
        return Line("payload", .exact, askedFields.isEmpty ? "" : "all but the fields below")
    }

    private var others: [Line] {
        var lines: [Line] = []
        if target.capabilities.requiresEveryVector, !source.capabilities.requiresEveryVector {
            lines.append(Line("records without a vector", .refused))
        }
        if !target.capabilities.holdsAnyNumber, source.capabilities.holdsAnyNumber {
            lines.append(Line("numbers beyond 64 bits", .refused))
        }
        lines += payloadIndexes
        if !source.collection.settings.isEmpty {
            let isKept = source.kind == target.kind || target.kind == .files
            lines.append(
                Line(
                    "settings of the collection", isKept ? .exact : .left,
                    isKept ? "" : "they are \(source.kind.rawValue)'s own"))
        }
        return lines
    }
}

extension PairFidelity {
    /// What becomes of fields that the plan's mapping gives another type, or drops.
    fileprivate var askedFields: [Line] {
        let converted = rules.types.sorted { $0.key < $1.key }.map { field, type in
            Line(
                "payload field '\(field)'", .asked,
                "\(type.rawValue) in the target, and in reads that it answers: \(type.conversion)")
        }
        let dropped = rules.drop.map { field in
            Line(
                "payload field '\(field)'", .asked,
                "carried until the point of no return ('detach', 'decommission'), then gone")
        }
        return converted + dropped
    }

    fileprivate var payloadIndexes: [Line] {
        let all = source.collection.payloadIndexes
        if all.isEmpty { return [] }
        let name = target.kind.rawValue
        guard target.kind.holdsPayloadIndexes else {
            return [Line("payload indexes", .left, "\(name) has none")]
        }
        let left = all.filter { !target.kind.makes($0.kind) }
        let made = all.count - left.count
        return (made > 0 ? [Line("payload indexes", .exact, "\(made)")] : [])
            + left.map {
                Line(
                    "payload index of '\($0.field)'", .left,
                    "\(name) has none of the kind \($0.kind.rawValue)")
            }
    }
}

extension MappingRules.FieldType {
    /// What a conversion to it may lose, and what it leaves alone.
    fileprivate var conversion: String {
        switch self {
        case .int: "'0042' becomes 42, 2.0 becomes 2; what is no whole number stays as it is"
        case .float:
            "'0.50' becomes 0.5, digits beyond 53 bits are lost; what is no number stays as it is"
        case .text: "5 becomes '5', and nothing tells it from a text that was there"
        case .bool: "'true' becomes true; what is neither 'true' nor 'false' stays as it is"
        }
    }
}

extension StoreKind {
    /// Whether a created collection has, or remembers, a payload index of that kind.
    package func makes(_ kind: PayloadIndex.Kind) -> Bool {
        holdsPayloadIndexes && !(self == .pgvector && kind == .geo)
    }

    /// Whether a created collection has, or remembers, the source's indexes over payload fields.
    package var holdsPayloadIndexes: Bool {
        switch self {
        case .qdrant, .pgvector, .files: true
        case .sqlite, .chroma, .milvus: false
        }
    }

    /// The kinds of ids that a collection of it may have.
    package var idKinds: [CollectionDescription.IDKind] {
        switch self {
        case .sqlite, .files: [.int, .text, .uuid, .intOrText, .intOrUUID]
        case .pgvector: [.int, .text, .uuid]
        case .qdrant: [.int, .uuid, .intOrUUID]
        case .chroma: [.int, .text, .uuid, .intOrUUID]
        case .milvus: [.int, .text, .uuid]
        }
    }
}
