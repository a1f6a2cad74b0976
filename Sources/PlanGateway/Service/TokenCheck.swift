import HTTPServer
import Hash
import PlanCore

/// Whether a request carries the token. Both sides are digested first, so that neither the token's
/// length nor its beginning shows in the time it takes.
package struct TokenCheck: Sendable {
    /// nil: everybody may.
    private let digest: [UInt8]?

    package init(_ token: Secret?) {
        digest = token.map { SHA.sha256($0.reveal().utf8) }
    }

    package var isOpen: Bool { digest == nil }

    /// `Authorization: Bearer …`, `api-key: …` (Qdrant's) or `X-Chroma-Token: …`.
    package func admits(_ headers: HTTPHeaders) -> Bool {
        guard let digest else { return true }
        guard let given = TokenCheck.credential(headers) else { return false }
        return SHA.areEqual(digest, SHA.sha256(given.utf8))
    }

    private static func credential(_ headers: HTTPHeaders) -> String? {
        if let key = headers["api-key"] ?? headers["x-chroma-token"] { return key }
        guard let text = headers["authorization"] else { return nil }
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
