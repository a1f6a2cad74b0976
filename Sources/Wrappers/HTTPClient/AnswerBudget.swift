/// Bytes of all answers that are coming in: what many large ones may take together.
///
/// Over the limit a small answer is still taken, so that one that floods the client does not fail
/// those beside it: together they take at most twice the limit. On the loop's thread alone.
final class AnswerBudget {
    private let limit: Int
    /// What one answer of each connection may have, whatever the others take.
    private let share: Int
    private var taken = 0

    init(_ configuration: HTTPClientConfiguration) {
        limit = configuration.answersInFlight
        share = limit / max(1, configuration.connectionsPerHost)
    }

    /// - Parameter size: of the answer with these bytes.
    func take(_ bytes: Int, of size: Int) -> Bool {
        guard taken + bytes <= limit || size <= share else { return false }
        taken += bytes
        return true
    }

    func give(back bytes: Int) { taken -= bytes }
}
