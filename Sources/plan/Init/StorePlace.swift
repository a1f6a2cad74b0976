import PlanCore

/// What a person wrote for `--source` or `--target`: `[STORE:]ADDRESS[#COLLECTION]`.
struct StorePlace: Sendable {
    /// nil: to be found out from the address.
    var kind: StoreKind?
    /// As the plan will have it.
    var address: ValueReference
    /// What that is now.
    var resolved: String
    /// nil: the only one there is.
    var collection: String?
    var key: SecretReference?

    init(_ text: String, option: String, key: String?, _ world: any ExternalWorld) throws {
        var rest = text[...]
        if let hash = rest.lastIndex(of: "#") {
            let name = String(rest[rest.index(after: hash)...])
            collection = name.isEmpty ? nil : name
            rest = rest[..<hash]
        }
        if let colon = rest.firstIndex(of: ":"),
            let kind = StoreKind(rawValue: String(rest[..<colon]))
        {
            self.kind = kind
            rest = rest[rest.index(after: colon)...]
        }
        guard !rest.isEmpty else {
            throw Arguments.Misuse(
                message: "'--\(option)' has no address in '\(text)'", hint: StorePlace.examples)
        }
        address = ValueReference(String(rest))
        if case .literal(let literal) = address, StorePlace.holdsPassword(literal) {
            throw Arguments.Misuse(
                message: "'--\(option)' holds a password, and a plan is checked in",
                hint: "put the address into a variable, and give --\(option)=env:NAME#COLLECTION")
        }
        resolved = try address.resolve(environment: world.environment, read: world.read)
        if let key {
            guard let reference = SecretReference(key) else {
                throw Arguments.Misuse(
                    message: "'--\(option)-key' is a secret, and a plan is checked in",
                    hint: "--\(option)-key=env:NAME, or file:PATH")
            }
            self.key = reference
        }
        kind = kind ?? StorePlace.kind(of: resolved)
    }

    static let examples =
        "such as old.db#products, postgresql://db/shop#products, http://db:6333#products or "
        + "env:NAME#products"

    /// What an address alone tells; HTTP is spoken by several.
    private static func kind(of address: String) -> StoreKind? {
        for word in ["postgresql://", "postgres://"] where address.hasPrefix(word) {
            return .pgvector
        }
        return address.contains("://") ? nil : .sqlite
    }

    private static func holdsPassword(_ address: String) -> Bool {
        guard let scheme = address.firstRange(of: "://") else {
            return address.contains("password=")
        }
        let authority = address[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let user = authority.lastIndex(of: "@").map { authority[..<$0] } ?? ""
        return user.contains(":") || address.contains("password=")
    }
}
