import JSON
import PlanCore

/// What `manifest.json` says of a collection: what it is, and which parts it has, oldest first.
struct FilesManifest: Sendable {
    struct Part: Hashable, Sendable {
        var number: Int
        var rows: Int
        /// Ids that this part takes away from the parts before it.
        var deleted: Int
        /// As the manifest spells it, `part-000001`.
        var name: String

        init(number: Int, rows: Int, deleted: Int, name: String? = nil) {
            self.number = number
            self.rows = rows
            self.deleted = deleted
            let digits = String(number)
            self.name =
                name ?? "part-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        }
    }

    var description: CollectionDescription
    var parts: [Part] = []
    /// The file of our index, in the same folder; nil where somebody else made the parts.
    var index: String?
    /// False while the index holds what is in no part yet.
    var isComplete = true

    /// The name of a vector's file after the part's: `part-000001.image.npy`; a single unnamed
    /// vector has none, `part-000001.npy`.
    static func suffix(_ spec: VectorSpec, _ place: Int) -> String {
        if spec.name == Record.defaultVector { return ".npy" }
        let isPlain =
            spec.name.utf8.count <= 40 && spec.name.wholeMatch(of: /[a-z0-9_-]+/) != nil
            && !spec.name.hasPrefix("vector-")
        return isPlain ? ".\(spec.name).npy" : ".vector-\(place).npy"
    }

    // MARK: Format 1

    var text: String {
        var root = FilesManifest.fields(description)
        root["crossfade_files"] = 1
        root["index"] = index.map(JSONValue.string)
        root["complete"] = .bool(isComplete)
        root["rows"] = .int(Int64(parts.reduce(0) { $0 + $1.rows }))
        root["parts"] = .array(
            parts.map {
                [
                    "name": .string($0.name), "rows": .int(Int64($0.rows)),
                    "deleted": .int(Int64($0.deleted)),
                ]
            })
        return JSON.text(.object(root)) + "\n"
    }

    private static func fields(_ description: CollectionDescription) -> JSONObject {
        [
            "ids": .string(description.idKind.rawValue),
            "settings": .object(description.settings),
            "vectors": .array(
                description.vectors.enumerated().map { place, spec in
                    var fields: JSONObject = [
                        "name": .string(spec.name), "dimension": .int(Int64(spec.dimension)),
                        "distance": .string(spec.distance.rawValue),
                        "element": .string(spec.element.rawValue),
                        "settings": .object(spec.settings),
                    ]
                    fields["sparse"] = spec.isSparse ? true : nil
                    fields["file"] = spec.isSparse ? nil : .string("PART" + suffix(spec, place))
                    return .object(fields)
                }),
            "payload_indexes": .array(
                description.payloadIndexes.map {
                    [
                        "field": .string($0.field), "kind": .string($0.kind.rawValue),
                        "settings": .object($0.settings),
                    ]
                }),
        ]
    }

    /// nil where it is none that this build can read.
    init?(_ text: String, collection: String) {
        guard case .object(let root)? = try? JSON.parse(text),
            case .int(1)? = root["crossfade_files"], case .string(let kind)? = root["ids"],
            let idKind = CollectionDescription.IDKind(rawValue: kind),
            case .array(let vectors)? = root["vectors"], case .array(let list)? = root["parts"]
        else { return nil }
        let specs = vectors.compactMap(FilesManifest.vector)
        guard specs.count == vectors.count, !specs.isEmpty else { return nil }
        description = CollectionDescription(name: collection, idKind: idKind, vectors: specs)
        if case .array(let indexes)? = root["payload_indexes"] {
            description.payloadIndexes = indexes.compactMap(FilesManifest.payloadIndex)
        }
        if case .object(let settings)? = root["settings"] { description.settings = settings }
        for (place, item) in list.enumerated() {
            guard case .object(let fields) = item, case .string(let name)? = fields["name"],
                case .int(let rows)? = fields["rows"], !name.contains("/")
            else { return nil }
            var deleted = 0
            if case .int(let count)? = fields["deleted"] { deleted = Int(clamping: count) }
            parts.append(
                Part(number: place + 1, rows: Int(clamping: rows), deleted: deleted, name: name))
        }
        if case .string(let name)? = root["index"], !name.contains("/") { index = name }
        if case .bool(let flag)? = root["complete"] { isComplete = flag }
    }

    init(description: CollectionDescription) { self.description = description }

    private static func vector(_ value: JSONValue) -> VectorSpec? {
        guard case .object(let fields) = value, case .string(let name)? = fields["name"],
            case .string(let text)? = fields["distance"], let distance = Distance(rawValue: text)
        else { return nil }
        var spec = VectorSpec(name: name, dimension: 0, distance: distance)
        if case .int(let dimension)? = fields["dimension"] {
            spec.dimension = Int(clamping: dimension)
        }
        if case .string(let text)? = fields["element"] {
            guard let element = VectorSpec.Element(rawValue: text) else { return nil }
            spec.element = element
        }
        spec.isSparse = fields["sparse"] == true
        if case .object(let settings)? = fields["settings"] { spec.settings = settings }
        return spec.isSparse || spec.dimension > 0 ? spec : nil
    }

    private static func payloadIndex(_ value: JSONValue) -> PayloadIndex? {
        guard case .object(let fields) = value, case .string(let field)? = fields["field"],
            case .string(let text)? = fields["kind"], let kind = PayloadIndex.Kind(rawValue: text)
        else { return nil }
        var index = PayloadIndex(field: field, kind: kind)
        if case .object(let settings)? = fields["settings"] { index.settings = settings }
        return index
    }
}
