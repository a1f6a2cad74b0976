import ChromaFormat
import FoundationEssentials
import JSON
import PlanCore

/// A write of a Chroma client, as both stores can hold it.
enum ChromaWrite: Hashable, Sendable {
    /// What is there already stays as it is.
    case add([RecordPatch])
    /// What is there already is changed as by an update.
    case upsert([RecordPatch])
    case update([RecordPatch])
    /// `given`: how many ids the client named, which is what its server says it deleted.
    case delete([RecordID], given: Int)
    case deleteMatching(Filter)
    /// A delete that only Chroma understands, where both stores are its.
    case forwarded
    case nothing
}

extension ChromaReader {
    /// - Parameter forwards: whether writes may stay in Chroma's words: both stores are Chroma's.
    func write(
        _ operation: ChromaOperation, _ body: RequestBody, forwards: Bool
    ) throws(GatewayError) -> ChromaWrite {
        try checkObject(body)
        switch operation {
        case .add: return .add(try columns(body, operation))
        case .upsert: return .upsert(try columns(body, operation))
        case .update: return .update(try columns(body, operation))
        default:
            do {
                return try delete(body)
            } catch {
                guard forwards, error.code == .unsupported else { throw error }
                return .forwarded
            }
        }
    }

    private func delete(_ body: RequestBody) throws(GatewayError) -> ChromaWrite {
        let given = body.optional("ids")
        let filter = try filter(body)
        let limit = body.optional("limit")
        guard filter != nil || limit == nil else {
            throw ChromaReply.invalid(
                "Validation error: limit, where: limit can only be specified when a where clause "
                    + "is provided")
        }
        var named: [RecordID] = []
        var count = 0
        for item in try given?.items() ?? [] {
            count += 1
            let id = ids.id(try item.string())
            if ids.holds(id) { named.append(id) }
        }
        guard let filter else {
            if given == nil { return .nothing }
            guard count > 0 else {
                throw ChromaReply.invalid(
                    "Validation error: ids, where: Either ids or where must be specified")
            }
            return .delete(named, given: count)
        }
        // Which are the first is each store's own affair.
        if let limit { throw GatewayError.untranslatable(limit.path) }
        return .deleteMatching(given == nil ? filter : .and([.hasID(named), filter]))
    }

    /// Lists side by side: whole records each with its embedding, or of an update any parts.
    private func columns(
        _ body: RequestBody, _ operation: ChromaOperation
    ) throws(GatewayError) -> [RecordPatch] {
        let isWhole = operation != .update
        var patches: [RecordPatch] = []
        for item in try body.required("ids").items() {
            patches.append(RecordPatch(id: try id(item)))
        }
        let count = patches.count
        let embeddings =
            isWhole ? try body.required("embeddings") : body.optional("embeddings")
        for (row, item) in try column(embeddings, count).enumerated() {
            guard isWhole || item.node.kind != .null else { continue }
            patches[row].vectors = [vector.name: .dense(try embedding(item))]
        }
        for (row, item) in try column(body.optional("metadatas"), count).enumerated()
        where item.node.kind != .null {
            try read(item, into: &patches[row], takesNull: operation != .add)
        }
        for (row, item) in try column(body.optional("documents"), count).enumerated()
        where item.node.kind != .null {
            patches[row].set[metadata.documentField] = .string(try item.string())
        }
        for item in try column(body.optional("uris"), count) where item.node.kind != .null {
            throw GatewayError(
                400, .refused, "'\(item.path)' would be lost: uris are not carried over",
                hint: "keep it in the metadata")
        }
        return patches
    }

    /// Nothing at all, or an entry for each id.
    private func column(
        _ body: RequestBody?, _ count: Int
    ) throws(GatewayError) -> [RequestBody] {
        guard let items = try body?.items() else { return [] }
        guard items.count == count else {
            throw ChromaReply.invalid(
                "Inconsistent number of IDs, embeddings, documents, URIs and metadatas")
        }
        return items
    }

    private func id(_ body: RequestBody) throws(GatewayError) -> RecordID {
        let text = try body.string()
        guard !text.isEmpty else {
            throw ChromaReply.invalid("Empty ID, ID must have at least one character")
        }
        let id = ids.id(text)
        guard ids.holds(id), !text.utf8.contains(0) else {
            throw ChromaReply.invalid(
                "'\(body.path)': '\(text.prefix(60))' is no id of this collection, whose ids are "
                    + "of kind \(ids.kind.rawValue)")
        }
        return id
    }

    /// Numbers, or base64 of float32, little-endian.
    private func embedding(_ body: RequestBody) throws(GatewayError) -> [Float] {
        let floats: [Float]
        if let text = body.node.string {
            guard let data = Data(base64Encoded: text), data.count.isMultiple(of: 4) else {
                throw body.wrong("base64 of float32")
            }
            let bytes = Array(data)
            floats = stride(from: 0, to: bytes.count, by: 4).map { start in
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << ($1 * 8) }
                return Float(bitPattern: bits)
            }
        } else {
            guard let found = body.node.floats else { throw body.wrong("an array of numbers") }
            floats = found
        }
        guard floats.allSatisfy(\.isFinite) else {
            throw ChromaReply.invalid(
                "Validation error: embeddings: Embeddings must not contain NaN or Infinity values")
        }
        try check(floats)
        return floats
    }
}
