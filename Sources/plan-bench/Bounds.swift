/// What keeps each figure from being better, as profiles showed it; for people.
enum Bounds {
    static let backfill =
        "the server's COPYs and its syncs, and a sync of the ledger a page; each worker reads its next "
        + "page while it writes one; checking each record takes a third of a core"
    static let loop = "one statement, one sync and one round trip a record in the loop"
    static let verify =
        "cores: both sides are scanned and decoded, one thread a range, and compared"
    static let verifyAlike = "cores: the same scans, and the comparison"
    static let dual =
        "two commits of the ledger in a row, before and after the store's, each a sync of the disk"
    static let dualMany =
        "the stores' own commits: those of the ledger are shared by all who wait at the time"
    static let both = "the slower store's commit, and the ledger's two"
    static let get = "HTTP: accepting, parsing, answering; the store's own call is a fraction of it"
    static let searchExact = "the store's exact search, which walks the collection"
    static let searchIndexed = "the store's search, then JSON of the hits"
    static let ledger = "two commits a write, each a sync, where the baseline has one"
    static let ledgerMany = "one sync for all who wait at the time: cores"
    static let memory =
        "pages in flight, the workers' connections, and SQLite's page caches (16 MB each)"
}
