import Hash
import JSON
import PlanCore

/// What a collection that is a claim says. The first version of the API keeps a collection's
/// description; the second drops it until 2.5.5, so there the text stands in the names of fields,
/// which every server keeps, and compares where the collection is made again.
enum MilvusClaim {
    private static let prefix = "claim_"
    /// Of the text, in one name of at most 255 characters.
    private static let bytesMax = 120

    /// Never indexed, so never loaded: it costs the server nothing.
    static func schema(_ note: String) -> JSONValue {
        let bytes = Array(note.utf8)
        var fields: [JSONValue] = [
            ["fieldName": "id", "isPrimary": true, "dataType": "Int64"],
            [
                "fieldName": "vector", "dataType": "FloatVector",
                "elementTypeParams": ["dim": "2"],
            ],
        ]
        for (number, start) in stride(from: 0, to: bytes.count, by: bytesMax).enumerated() {
            let part = bytes[start..<min(start + bytesMax, bytes.count)]
            fields.append([
                "fieldName": .string("\(prefix)\(number + 10)_\(SHA.hex(part))"),
                "dataType": "VarChar", "elementTypeParams": ["max_length": "1"],
            ])
        }
        return ["autoId": false, "enableDynamicField": false, "fields": .array(fields)]
    }

    /// nil where the collection says nothing.
    static func note(_ node: JSONNode) -> String? {
        let names = (node["fields"]?.items ?? []).compactMap { $0["name"]?.string }
            .filter { $0.hasPrefix(prefix) }.sorted()
        guard !names.isEmpty else { return node["description"]?.string }
        let digits = names.flatMap { $0.dropFirst(prefix.count + 3).utf8 }
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
