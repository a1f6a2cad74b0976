import PlanCore

/// What may stand at a place of the file. The reader and the JSON Schema share these tables.
indirect enum Shape: Sendable {
    case text(TextRule)
    /// Anything written as one value, kept as it is written.
    case scalar
    case integer(ClosedRange<Int>)
    /// `5` and `5%` are five hundredths. The range is in fractions.
    case percent(ClosedRange<Double>)
    /// `0.95` and `95%`.
    case fraction(ClosedRange<Double>)
    case duration(minimum: Duration)
    /// `5000/s`
    case rate
    case flag
    case choice([String])
    /// A literal, `env:NAME` or `file:PATH`.
    case reference
    /// `env:NAME` or `file:PATH`.
    case secret
    case list(Shape, minimum: Int)
    /// Keys of the user's own.
    case map(Shape)
    case object(ObjectShape)
    /// Decided by what was written: one value, a list, or a mapping.
    case forms(scalar: Shape?, list: Shape?, mapping: Shape?)
    /// The fields depend on one of them.
    case variants(key: String, [Variant])
    case step
    /// `METRIC OP VALUE [over DURATION] [with N samples]`
    case shortGuard
    /// `OP VALUE`
    case condition
    /// Written once in the schema, under this name.
    case named(String, Shape)

    struct Variant: Sendable {
        var value: String
        var shape: ObjectShape
    }

    /// Entries of any list.
    static let itemsMax = 1_000

    static let positive = Shape.integer(1...1_000_000_000)
    static let natural = Shape.integer(0...1_000_000_000)
}

struct ObjectShape: Sendable {
    /// As messages call it: `gateway`, `backfill`.
    var name: String
    var fields: [FieldShape]
    /// Words from elsewhere → what it is called here.
    var synonyms: [String: String] = [:]
    /// Words that belong elsewhere → where.
    var misplaced: [String: String] = [:]
    /// Exactly one of these has to be there.
    var exactlyOne: [String] = []
    /// At least one of these has to be there.
    var atLeastOne: [String] = []

    func field(_ key: String) -> FieldShape? { fields.first { $0.key == key } }
}

struct FieldShape: Sendable {
    var key: String
    var shape: Shape
    var isRequired = false
    /// For editors: what it means, its unit and default.
    var note: String

    init(_ key: String, _ shape: Shape, required: Bool = false, _ note: String) {
        self.key = key
        self.shape = shape
        isRequired = required
        self.note = note
    }
}
