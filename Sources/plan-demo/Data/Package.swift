import PlanCore

/// One of Debian's packages, with its description's embedding.
struct Package: Sendable {
    var id: Int64
    var name: String
    var text: String
    var payload: JSONObject
    /// 384 entries, unit length.
    var vector: [Float]
}
