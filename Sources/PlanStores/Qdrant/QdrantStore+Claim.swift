import JSON
import PlanCore

/// A claim is a collection beside the one that is claimed: of all that Qdrant does, only the making
/// of a collection succeeds for one of many at once. What the claim says is written into the names
/// of its vectors, so that it is there with the collection or not at all.
extension QdrantStore {
    private var claimPath: String {
        "/collections/" + "crossfade_claim_" + configuration.collection.percentEscaped
    }

    package func claim(_ claim: RunClaim) async throws -> RunClaim {
        for _ in 0..<20 {
            if let held = try await heldClaim("claim") { return held }
            let call = HTTPChannel.Call(
                "claim", "PUT", claimPath, body: encoded(QdrantStore.collection(of: claim)), .write)
            do {
                _ = try await api.result(call)
                return claim
            } catch let error as StoreError where error.kind == .alreadyExists {
                continue
            }
        }
        throw api.failure.error(
            .busy, "another run takes and leaves the claim all the time; try again", "claim")
    }

    package func release(_ claim: RunClaim) async throws {
        guard let held = try await heldClaim("release"), held.run == claim.run else { return }
        _ = try await api.ask(.init("release", "DELETE", claimPath, .write))
    }

    private func heldClaim(_ operation: String) async throws -> RunClaim? {
        let call = HTTPChannel.Call(operation, "GET", claimPath)
        guard case .result(let document) = try await api.ask(call) else { return nil }
        let params = document.root["result"]?["config"]?["params"]
        let names = params?["vectors"]?.fields.map(\.key) ?? []
        guard let claim = QdrantStore.claim(from: names) else {
            throw api.failure.error(
                .refused,
                "the collection 'crossfade_claim_\(configuration.collection)' is not one of ours; "
                    + "delete it, or name another target", operation)
        }
        return claim
    }

    /// Bytes of the text in one name.
    private static let nameBytes = 60

    private static func collection(of claim: RunClaim) -> JSONValue {
        let text = JSON.text([
            "run": .string(claim.run), "plan": .string(claim.plan), "host": .string(claim.host),
            "state": .string(claim.state),
        ])
        let digits = text.utf8.map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }
        var vectors: JSONObject = [:]
        for (number, start) in stride(from: 0, to: digits.count, by: nameBytes).enumerated() {
            let part = digits[start..<min(start + nameBytes, digits.count)].joined()
            vectors["\(1_000 + number)_\(part)"] = ["size": 1, "distance": "Dot"]
        }
        return ["vectors": .object(vectors)]
    }

    private static func claim(from names: [String]) -> RunClaim? {
        var bytes: [UInt8] = []
        for name in names.sorted() {
            guard let mark = name.firstIndex(of: "_") else { return nil }
            var digits = name[name.index(after: mark)...]
            while !digits.isEmpty {
                guard let byte = UInt8(digits.prefix(2), radix: 16) else { return nil }
                bytes.append(byte)
                digits = digits.dropFirst(2)
            }
        }
        guard let root = try? JSONDocument.parse(bytes).root,
            let run = root["run"]?.string, let plan = root["plan"]?.string,
            let host = root["host"]?.string, let state = root["state"]?.string
        else { return nil }
        return RunClaim(run: run, plan: plan, host: host, state: state)
    }
}
