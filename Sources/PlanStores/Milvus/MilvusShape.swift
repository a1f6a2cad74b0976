import JSON
import PlanCore

/// A collection as the server describes it.
struct MilvusShape: Hashable, Sendable {
    let description: CollectionDescription
    /// The field of the ids, and of the vector.
    let id: String
    let vector: String
    let isLoaded: Bool
    /// It will be loaded in a while.
    let isLoading: Bool
    /// The server makes the ids: no record can be written under its own.
    let makesIDs: Bool
    let hasIndex: Bool
    let note: String
    /// Its own level of consistency; empty where the server does not say it.
    let level: String
    /// Whether a record may have fields that the schema does not name.
    let isDynamic: Bool
    /// The schema's fields.
    let fields: Set<String>
    /// Those whose values come in a form of their own.
    let declared: [String: MilvusField]
    /// Of those besides the key and the vector the ones that a request by column can write.
    let columns: [String: MilvusColumn]
    /// Whether that are all, and each record has to have them.
    let isColumnar: Bool

    /// Whether its level lets no read be further behind than the server promises.
    var isBounded: Bool { ["", "Bounded", "Strong"].contains(level) }
    var isText: Bool { description.idKind != .int }
    /// Bytes of a text id, at most.
    let idBytesMax: Int

    /// A collection that holds what our stores hold: one key, one vector of float32.
    init(_ node: JSONNode, _ server: MilvusServer, _ operation: String) throws {
        let name = node["collectionName"]?.string ?? ""
        var key: JSONNode?
        var vectors: [(name: String, type: String, dimension: Int)] = []
        var declared: [String: MilvusField] = [:]
        var fields: Set<String> = []
        var columns: [String: MilvusColumn] = [:]
        var isColumnar = true
        for field in node["fields"]?.items ?? [] {
            let (name, type) = (field["name"]?.string ?? "", field["type"]?.string ?? "")
            let isKey = field["primaryKey"]?.bool == true
            if isKey { key = field }
            if type.contains("Vector") {
                vectors.append((name, type, MilvusShape.size(field, "dim")))
            }
            declared[name] = MilvusField(type)
            fields.insert(name)
            if isKey || type.contains("Vector") { continue }
            columns[name] = MilvusColumn(described: type)
            if columns[name] == nil || field["nullable"]?.bool == true { isColumnar = false }
        }
        self.fields = fields
        guard let key, vectors.count == 1, vectors[0].type.hasPrefix("FloatVector") else {
            let found = vectors.map { "'\($0.name)' (\($0.type))" }.joined(separator: ", ")
            throw server.error(
                .unsupported,
                "the collection '\(name)' has \(found.isEmpty ? "no vector" : found); stores of "
                    + "this kind here hold one vector of float32", operation)
        }
        id = key["name"]?.string ?? "id"
        vector = vectors[0].name
        self.declared = declared
        self.columns = columns
        self.isColumnar = isColumnar
        makesIDs = key["autoId"]?.bool ?? false
        let type = key["type"]?.string ?? ""
        idBytesMax = type.hasPrefix("VarChar") ? max(1, MilvusShape.size(key, "max_length")) : 0
        isLoaded = node["load"]?.string.map { $0 == "LoadStateLoaded" } ?? true
        isLoading = node["load"]?.string == "LoadStateLoading"
        note = node["description"]?.string ?? ""
        level = node["consistencyLevel"]?.string ?? ""
        let index = node["indexes"]?.items.first
        hasIndex = index != nil
        let metric: Distance =
            switch index?["metricType"]?.string {
            case "COSINE": .cosine
            case "IP": .innerProduct
            default: .l2
            }
        isDynamic = node["enableDynamicField"]?.bool ?? true
        var described = CollectionDescription(
            name: name, idKind: type.hasPrefix("VarChar") ? .text : .int,
            vectors: [VectorSpec(dimension: vectors[0].dimension, distance: metric)])
        if !isDynamic {
            described.advice.append(
                .init(
                    message: "the collection '\(name)' has no dynamic fields: records with fields "
                        + "that its schema does not name are refused one by one",
                    hint: "as a target, make it again with dynamic fields on"))
        }
        description = described
    }

    /// `FloatVector(384)` in the first version, a list of parameters in the second.
    private static func size(_ field: JSONNode, _ parameter: String) -> Int {
        for entry in field["params"]?.items ?? [] where entry["key"]?.string == parameter {
            if let text = entry["value"]?.string { return Int(text) ?? 0 }
            return entry["value"]?.int ?? 0
        }
        let digits = field["type"]?.string?.filter(\.isNumber) ?? ""
        return Int(digits) ?? 0
    }

    /// Milvus's similarity as a distance: its l2 is squared.
    func distance(_ given: Double) -> Double {
        switch description.vectors[0].distance {
        case .cosine: 1 - given
        case .innerProduct: -given
        default: max(0, given).squareRoot()
        }
    }

    func recordID(_ node: JSONNode?) -> RecordID? {
        if isText { return node?.string.map(RecordID.string) }
        if let text = node?.string { return Int64(text).map(RecordID.int) }
        return node?.int.map { .int(Int64($0)) }
    }

    /// The greatest integer is the server's own mark for the end: it is counted, never found. The
    /// least cannot be written in an expression.
    static let forbidden: Set<RecordID> = [.int(.max), .int(.min)]

    func holds(_ id: RecordID) -> Bool {
        description.idKind.normalize(id) == id && !MilvusShape.forbidden.contains(id)
    }

    func literal(_ id: RecordID) -> String {
        isText ? JSON.text(.string(id.text)) : id.text
    }

    func among(_ ids: some Sequence<RecordID>) -> String {
        "\(id) in [\(ids.map(literal).joined(separator: ", "))]"
    }

    /// A condition for a range of ids; every id satisfies that of the whole.
    func condition(_ range: KeyRange) -> String {
        var parts: [String] = []
        if let after = range.after {
            parts.append("\(id) > \(literal(after))")
        } else {
            parts.append(isText ? "\(id) >= \"\"" : "\(id) >= -9223372036854775807")
        }
        if let through = range.through { parts.append("\(id) <= \(literal(through))") }
        return parts.joined(separator: " and ")
    }
}
