import PlanCore

/// `http://…`, `POST http://…`, `env:HOOK_URL`, `GET env:HEALTH_URL`.
enum HTTPCallText {
    static let methods = ["GET", "POST", "PUT", "DELETE", "HEAD"]

    /// - Parameter method: what is used where the text names none.
    static func parse(_ text: String, method: String) -> HTTPCall? {
        let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard let address = words.last, words.count <= 2 else { return nil }
        if words.count == 2, !methods.contains(words[0]) { return nil }
        let reference = ValueReference(address)
        if case .literal(let url) = reference,
            !["http://", "https://"].contains(where: {
                url.hasPrefix($0) && url.utf8.count > $0.utf8.count
            })
        {
            return nil
        }
        return HTTPCall(method: words.count == 2 ? words[0] : method, url: reference)
    }
}

enum HostPortText {
    static func accepts(_ text: String) -> Bool { HostPort(text) != nil }
}
