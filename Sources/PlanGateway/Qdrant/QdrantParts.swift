import PlanCore

/// `with_payload` and `with_vector` of a request.
struct QdrantParts: Hashable, Sendable {
    enum Payload: Hashable, Sendable {
        case none, all
        /// Dotted paths through objects.
        case include([[String]])
        case exclude([[String]])
    }

    enum Vectors: Hashable, Sendable {
        case none, all
        case named([String])
    }

    var payload: Payload
    var vectors: Vectors

    /// The least that the store is asked for.
    var projection: Projection {
        if vectors != .none { return .full }
        return payload == .none ? .idsOnly : .withoutVectors
    }
}

extension QdrantParts.Payload {
    /// nil where none was asked for.
    func applied(to payload: JSONObject) -> JSONObject? {
        switch self {
        case .none: return nil
        case .all: return payload
        case .include(let paths):
            var kept: JSONObject = [:]
            for path in paths { Self.copy(path[...], from: payload, to: &kept) }
            return kept
        case .exclude(let paths):
            var kept = payload
            for path in paths { Self.remove(path[...], from: &kept) }
            return kept
        }
    }

    private static func copy(
        _ path: ArraySlice<String>, from source: JSONObject, to result: inout JSONObject
    ) {
        guard let name = path.first, let value = source[name] else { return }
        if path.count == 1 {
            result[name] = value
            return
        }
        guard case .object(let inner) = value else { return }
        var copied: JSONObject = [:]
        if case .object(let earlier)? = result[name] { copied = earlier }
        copy(path.dropFirst(), from: inner, to: &copied)
        result[name] = .object(copied)
    }

    private static func remove(_ path: ArraySlice<String>, from payload: inout JSONObject) {
        guard let name = path.first else { return }
        if path.count == 1 {
            payload[name] = nil
            return
        }
        guard case .object(var inner)? = payload[name] else { return }
        remove(path.dropFirst(), from: &inner)
        payload[name] = .object(inner)
    }
}

extension QdrantParts.Vectors {
    func applied(to vectors: [String: Vector]) -> [String: Vector]? {
        switch self {
        case .none: nil
        case .all: vectors
        case .named(let names): vectors.filter { names.contains($0.key) }
        }
    }
}
