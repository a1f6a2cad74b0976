/// What keeps each figure from being better, as profiles showed it; for people.
enum Bounds {
    static let backfill = "?"
    static let loop = "?"
    static let verify = "?"
    static let verifyAlike = "?"
    static let dual = "?"
    static let dualMany = "?"
    static let both = "?"
    static let get = "?"
    static let searchExact = "?"
    static let searchIndexed = "?"
    static let ledger = "?"
    static let ledgerMany = "?"
    static let memory = "?"
}
