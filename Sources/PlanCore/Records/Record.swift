/// What a vector store holds under one id.
///
/// A store with a single unnamed vector calls it `Record.defaultVector`.
package struct Record: Sendable {
    package static let defaultVector = ""

    /// A dictionary for the one vector that most records have would be an allocation a record.
    private enum Vectors: Hashable, Sendable {
        /// Under the default name, and no other.
        case one(Vector)
        case named([String: Vector])

        init(_ vectors: [String: Vector]) {
            if vectors.count == 1, let only = vectors[Record.defaultVector] {
                self = .one(only)
            } else {
                self = .named(vectors)
            }
        }
    }

    private enum Payload: Sendable {
        case fields(JSONObject)
        case text(PayloadText)
    }

    package var id: RecordID
    private var held: Vectors
    private var content: Payload

    package init(id: RecordID, vectors: [String: Vector], payload: JSONObject = [:]) {
        self.id = id
        held = Vectors(vectors)
        content = .fields(payload)
    }

    package init(id: RecordID, vector: [Float], payload: JSONObject = [:]) {
        self.id = id
        held = .one(.dense(vector))
        content = .fields(payload)
    }

    package var vectors: [String: Vector] {
        get {
            switch held {
            case .one(let vector): [Record.defaultVector: vector]
            case .named(let vectors): vectors
            }
        }
        set { held = Vectors(newValue) }
    }

    /// As `vectors[name]`, without a dictionary.
    package subscript(vector name: String) -> Vector? {
        get {
            switch held {
            case .one(let vector): name == Record.defaultVector ? vector : nil
            case .named(let vectors): vectors[name]
            }
        }
        set {
            if case .named(let vectors) = held, vectors.isEmpty, let newValue,
                name == Record.defaultVector
            {
                held = .one(newValue)
            } else {
                vectors[name] = newValue
            }
        }
    }

    /// Where the default vector is the only one.
    package var onlyVector: Vector? {
        if case .one(let vector) = held { vector } else { nil }
    }

    /// The default dense vector, where there is one.
    package var vector: [Float]? { self[vector: Record.defaultVector]?.dense }

    package var payload: JSONObject {
        get {
            switch content {
            case .fields(let fields): fields
            case .text(let text): text.fields
            }
        }
        set { content = .fields(newValue) }
    }

    /// For who looks at the payload more than once.
    package mutating func readPayload() {
        if case .text(let text) = content { content = .fields(text.fields) }
    }

    /// The payload's own text, where it was kept; setting it replaces the payload.
    package var payloadText: PayloadText? {
        get { if case .text(let text) = content { text } else { nil } }
        set { content = newValue.map(Payload.text) ?? .fields([:]) }
    }
}

extension Record: Hashable {
    package static func == (left: Record, right: Record) -> Bool {
        left.id == right.id && left.held == right.held && left.payload == right.payload
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(held)
        hasher.combine(payload)
    }
}
