/// "Did you mean": the nearest of the words that were possible.
package enum Suggestion {
    /// The nearest candidate within about a third of the word's length, nil where none is near.
    /// Ties go to the first in the order given.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        let typed = Array(word.lowercased().unicodeScalars)
        let limit = max(1, typed.count / 3)
        guard !typed.isEmpty, typed.count <= 128 else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in candidates {
            let scalars = Array(candidate.lowercased().unicodeScalars)
            guard abs(scalars.count - typed.count) <= limit else { continue }
            let distance = distance(typed, scalars)
            if distance <= limit, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.word
    }

    /// `did you mean 'x'?`, or the list of what was possible.
    package static func hint(for word: String, among candidates: [String]) -> String {
        if let nearest = nearest(to: word, among: candidates) {
            return "did you mean '\(nearest)'?"
        }
        return candidates.count == 1
            ? "only '\(candidates[0])' is known here"
            : "one of " + candidates.joined(separator: ", ")
    }

    /// Edits, where swapping two neighbours is one: Damerau-Levenshtein, optimal string alignment.
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in a.indices {
            var current = [i + 1]
            for j in b.indices {
                var cost = min(previous[j + 1] + 1, current[j] + 1)
                cost = min(cost, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, before[j - 1] + 1)
                }
                current.append(cost)
            }
            before = previous
            previous = current
        }
        return previous[b.count]
    }
}
