/// Header fields in their order. Names compare without case.
package struct HTTPHeaders: Sendable {
    /// Names in lower case where they came from a client.
    package private(set) var fields: [(name: String, value: String)] = []

    package init() {}

    package mutating func add(_ name: String, _ value: String) { fields.append((name, value)) }

    package mutating func set(_ name: String, _ value: String) {
        let lower = name.lowercased()
        fields.removeAll { $0.name.lowercased() == lower }
        fields.append((name, value))
    }

    /// The first of that name.
    package subscript(name: String) -> String? {
        let lower = name.lowercased()
        return fields.first { $0.name == lower || $0.name.lowercased() == lower }?.value
    }

    package func all(_ name: String) -> [String] {
        let lower = name.lowercased()
        return fields.filter { $0.name.lowercased() == lower }.map(\.value)
    }
}
