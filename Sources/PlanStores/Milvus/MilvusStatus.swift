import PlanCore

/// What Milvus says of a request, with a code of its own (`merr` in its source).
struct MilvusStatus: Hashable, Sendable {
    var code: Int
    var reason: String

    init(code: Int, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// - Parameter mutation: a `MutationResult` of milvus-proto.
    init(mutation: ArraySlice<UInt8>) throws(ProtobufReader.Malformed) {
        self.init(code: 0, reason: "")
        var isTold = false
        var result = ProtobufReader(mutation)
        while let (field, value) = try result.next() {
            guard field == 1, case .bytes(let status) = value else { continue }
            isTold = true
            try read(status)
        }
        if !isTold { throw ProtobufReader.Malformed() }
    }

    private mutating func read(_ status: ArraySlice<UInt8>) throws(ProtobufReader.Malformed) {
        var fields = ProtobufReader(status)
        var older = 0
        while let (field, value) = try fields.next() {
            switch (field, value) {
            case (1, .varint(let number)): older = Int(truncatingIfNeeded: number)
            case (2, .bytes(let text)): reason = String(decoding: text, as: UTF8.self)
            case (3, .varint(let number)): code = Int(truncatingIfNeeded: number)
            default: break
            }
        }
        // Servers before 2.3 have only the older codes; of these no more is known than that one is
        // no success.
        if code == 0, older != 0 { code = MilvusStatus.unknown }
    }

    private static let unknown = -1

    /// Not 200, which is success in the first version of the REST API, and here a partition that is
    /// not there.
    var isSuccess: Bool { code == 0 }

    /// The server gave up in time of its own: fewer records at once may be done.
    var isTimeout: Bool { code == 10_001 }

    /// Kind, whether surely nothing was done, advice.
    fileprivate var judgement: (StoreError.Kind, Bool, String) {
        switch code {
        case 100, 800: (.notFound, true, "")
        case 101: (.other, true, "load the collection on the server")
        case 1_100...1_199, 1_801, 1_802, 1_803, 1_804: (.refused, true, "")
        case 1_400...1_499, 1_800: (.unauthorized, true, "see 'api_key' and what it may do")
        case 4, 8, 103, 106, 1_807: (.busy, true, "try again")
        case 1, 2: (.busy, false, "the server is starting or stopping; try again")
        // Nodes, channels and segments on their way elsewhere.
        case 12, 202, 401, 503, 601, 602, 901...906, 1_002, 10_000:
            (.busy, false, "the server is moving its parts; try again")
        case 10_001: (.timeout, false, "look at the server's load")
        case 3, 7, 9: (.full, true, "give the server more memory or disk")
        default: (.other, false, "")
        }
    }
}

extension HTTPFailure {
    func error(
        _ status: MilvusStatus, _ operation: String, mayBeApplied: Bool
    ) -> StoreError {
        let (kind, isDefinite, advice) = status.judgement
        let said =
            status.reason.isEmpty
            ? "the server answered with code \(status.code)" : status.reason
        return error(
            kind, advice.isEmpty ? said : "\(said); \(advice)", operation,
            isDefinite: isDefinite || !mayBeApplied)
    }
}
