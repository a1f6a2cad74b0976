import JSON
import PlanCore

/// A field of a collection's schema besides its key and its vector, as requests by column write it.
enum MilvusColumn: String, Hashable, Sendable {
    case bool = "Bool"
    case int8 = "Int8"
    case int16 = "Int16"
    case int32 = "Int32"
    case int64 = "Int64"
    case float = "Float"
    case double = "Double"
    case text = "VarChar"
    case json = "JSON"

    /// nil for what the REST API has to write: arrays, and what is still to come.
    init?(described type: String) {
        // `VarChar(64)` in the first version of the API.
        self.init(rawValue: String(type.prefix { $0 != "(" }))
    }

    /// `schema.DataType` of milvus-proto.
    var type: Int64 {
        switch self {
        case .bool: 1
        case .int8: 2
        case .int16: 3
        case .int32: 4
        case .int64: 5
        case .float: 10
        case .double: 11
        case .text: 21
        case .json: 23
        }
    }

    /// Whether a value is one of this type as it is: the server is not asked to make it one.
    func holds(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.bool, .bool), (.int64, .int), (.text, .string): true
        case (.json, .object), (.json, .array): true
        case (.int8, .int(let number)): Int8(exactly: number) != nil
        case (.int16, .int(let number)): Int16(exactly: number) != nil
        case (.int32, .int(let number)): Int32(exactly: number) != nil
        case (.double, _): MilvusColumn.number(value) != nil
        case (.float, _): MilvusColumn.number(value).map { Float($0).isFinite } ?? false
        default: false
        }
    }

    /// `schema.ScalarField`, of values that it holds.
    func write(_ values: [JSONValue], _ writer: inout ProtobufWriter) {
        switch self {
        case .bool:
            writer.write(1) { array in
                array.write(1, packed: values.map { $0 == .bool(true) ? Int64(1) : 0 })
            }
        case .int8, .int16, .int32:
            writer.write(2) { $0.write(1, packed: values.compactMap(MilvusColumn.integer)) }
        case .int64:
            writer.write(3) { $0.write(1, packed: values.compactMap(MilvusColumn.integer)) }
        case .float:
            let numbers = values.compactMap { MilvusColumn.number($0).map(Float.init) }
            writer.write(4) { $0.write(1, packed: [numbers], count: numbers.count) }
        case .double:
            writer.write(5) { $0.write(1, packed: values.compactMap(MilvusColumn.number)) }
        case .text:
            writer.write(6) { array in
                for case .string(let text) in values { array.write(1, text) }
            }
        case .json:
            writer.write(9) { array in
                for value in values { array.write(1, Array(JSON.text(value).utf8)) }
            }
        }
    }

    private static func integer(_ value: JSONValue) -> Int64? {
        if case .int(let number) = value { number } else { nil }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .int(let number): Double(exactly: number)
        case .double(let number) where number.isFinite: number
        default: nil
        }
    }
}
