import Foundation
import PlanCore

/// One event as one line of JSON, keys sorted.
enum EventText {
    static func line(_ event: JSONObject) -> String {
        let object = event.mapValues(plain)
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        let data = try? JSONSerialization.data(withJSONObject: object, options: options)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private static func plain(_ value: JSONValue) -> Any {
        switch value {
        case .null: NSNull()
        case .bool(let value): value
        case .int(let value): value
        case .double(let value): value.isFinite ? value : NSNull()
        case .number(let text), .string(let text): text
        case .array(let items): items.map(plain)
        case .object(let fields): fields.mapValues(plain)
        }
    }
}
