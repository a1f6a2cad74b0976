/// Programs, URLs and folders that a plan names. The shipped binary does it for real.
package protocol ExternalWorld: Sendable {
    /// Runs an argv list, no shell. Returns its exit code and what it wrote to standard output.
    func run(_ arguments: [String], timeout: Duration) async throws -> (code: Int32, output: String)
    /// Returns the status and the body.
    func call(
        method: String, url: String, body: String?, timeout: Duration
    ) async throws -> (status: Int, body: String)
    func signal(_ name: String, process: Int32) throws
    func environment(_ name: String) -> String?
    func read(_ path: String) -> String?
    /// A collection as files, for an export.
    func files(folder: String, collection: String) throws -> any VectorStore
}
