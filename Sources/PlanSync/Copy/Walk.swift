/// A walk over the whole collection by a number of workers, which goes on after errors that pass.
package protocol Walk: Sendable {
    /// Works until every range is done, by whomever.
    func run(workers: Int) async throws
    func progress() async throws -> ChunkProgress
    /// What a worker of this process met last, and tries again after; nil where that is forgotten.
    var trouble: String? { get }
    func forgetTrouble()
}
