import JSON
import PlanCore

/// A payload as Chroma's metadata and document, field by field.
///
/// Chroma holds texts, numbers, flags and flat lists of one type. Anything else is carried as JSON
/// text under the field's *twin*, `NAME#json`, and comes back as it was. Names that Chroma refuses
/// (empty, or beginning with `#`, `$`, `chroma:`) and names that look like a twin have only a twin,
/// marked with `~`.
///
/// Each field is on its own: setting one needs no knowledge of the others, so that concurrent
/// updates merge on the server, where Chroma merges.
package struct ChromaMetadata: Hashable, Sendable {
    package static let suffix = "#json"
    /// Longer lists go into the twin: the local server makes a row of each item.
    static let listMax = 256

    /// The field that is the record's document.
    package var documentField: String
    /// Servers before 1.5 hold no lists.
    package var holdsLists: Bool

    package init(documentField: String, holdsLists: Bool = true) {
        self.documentField = documentField
        self.holdsLists = holdsLists
    }

    /// What one field is on the server: its value and the keys that must be gone.
    package struct Place: Hashable, Sendable {
        package var key: String
        package var value: JSONValue
        package var gone: [String]
    }

    package func place(_ field: String, _ value: JSONValue) -> Place {
        let twin = ChromaMetadata.twin(field)
        guard ChromaMetadata.isNative(field) else {
            return Place(key: twin, value: .string(JSON.text(value)), gone: [])
        }
        if isNative(value) { return Place(key: field, value: value, gone: [twin]) }
        return Place(key: twin, value: .string(JSON.text(value)), gone: [field])
    }

    /// The keys that a field may be under.
    package static func keys(_ field: String) -> [String] {
        isNative(field) ? [field, twin(field)] : [twin(field)]
    }

    package static func twin(_ field: String) -> String {
        (isNative(field) && !field.hasPrefix("~") ? "" : "~") + field + suffix
    }

    /// A `chroma:` key in a request wrecks the local server's log until it is started again.
    package static func isNative(_ field: String) -> Bool {
        guard let first = field.utf8.first else { return false }
        return first != UInt8(ascii: "#") && first != UInt8(ascii: "$")
            && !field.hasPrefix("chroma:") && !field.hasSuffix(suffix)
    }

    private func isNative(_ value: JSONValue) -> Bool {
        switch value {
        case .bool, .int, .double, .string: return true
        case .null, .number, .object: return false
        case .array(let items):
            guard holdsLists, let first = items.first, items.count <= ChromaMetadata.listMax else {
                return false
            }
            return items.allSatisfy { item in
                switch (first, item) {
                case (.bool, .bool), (.int, .int), (.double, .double), (.string, .string): true
                default: false
                }
            }
        }
    }

    /// Whether a field's text is the record's document.
    package func isDocument(_ field: String, _ value: JSONValue) -> Bool {
        guard field == documentField, case .string = value else { return false }
        return true
    }

    /// A payload's metadata alone, without the document.
    package func metadata(_ payload: JSONObject) -> JSONObject {
        var fields: JSONObject = [:]
        for (field, value) in payload where !isDocument(field, value) {
            let place = place(field, value)
            fields[place.key] = place.value
        }
        return fields
    }

    /// What says that an empty document is none at all: Chroma cannot take one away.
    package var noDocumentKey: String { ChromaMetadata.twin(documentField) }

    /// nil where a metadata field has the document's name, and the document is there, too.
    package func payload(_ metadata: JSONNode?, document: JSONNode?) -> JSONObject? {
        var payload: JSONObject = [:]
        var twins: [(field: String, value: JSONValue)] = []
        var hasNoDocument = false
        for (key, node) in metadata?.fields ?? [] {
            if let text = node.string, key.hasSuffix(ChromaMetadata.suffix) {
                if key == noDocumentKey, text.isEmpty {
                    hasNoDocument = true
                    continue
                }
                if let value = try? JSON.parse(text) {
                    twins.append((ChromaMetadata.field(ofTwin: key), value))
                    continue
                }
            }
            payload[key] = node.value
        }
        // What an application set itself, past the twin, counts.
        for (field, value) in twins where payload[field] == nil { payload[field] = value }
        guard let text = document?.string else { return payload }
        // An empty one may be what is left of one that was taken away.
        if text.isEmpty, hasNoDocument || payload[documentField] != nil { return payload }
        guard payload[documentField] == nil else { return nil }
        payload[documentField] = .string(text)
        return payload
    }

    package static func field(ofTwin key: String) -> String {
        let name = key.dropLast(suffix.count)
        return String(name.hasPrefix("~") ? name.dropFirst() : name)
    }
}
