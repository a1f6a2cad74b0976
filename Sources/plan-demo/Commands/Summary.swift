import PlanCore

/// What a person wants to know afterwards.
struct Summary {
    let tally: Tally
    let watch: PhaseWatch
    let packages: [Package]
    let allowsFailures: Bool

    /// True where the run ended as expected and every check is at zero.
    func say(expected: String, _ store: any ApplicationAPI) async -> Bool {
        let outcome = await watch.outcome
        let verdicts = await tally.verdicts
        print("")
        print("the run: \(outcome.split(separator: "_").joined(separator: " "))")
        if let copied = await watch.note("copied") { print("moved: \(copied) records") }
        if let pause = await watch.note("write_pause_ms") {
            print("writes were held for \(pause) ms while authority moved")
        }
        let longest = await tally.longestWrite
        print("the longest write the application saw took \(shown(longest * 1_000))")
        await latencies()
        print(
            "\(await tally.searches) searches, \(await tally.reads) reads by id, "
                + "\(await tally.writes) writes; checked:")
        for (name, count) in verdicts.lines {
            print("  \(count == 0 ? "✓" : "✗") \(name): \(count)")
        }
        for example in await tally.wrong + tally.examples { print("    \(example)") }
        await similar(store)
        let isExpected = expected == "any" || outcome == expected
        return isExpected && verdicts.isClean(allowingFailures: allowsFailures)
    }

    private func latencies() async {
        print("latency, p50 / p99:      search             read by id         write")
        for phase in PhaseWatch.Phase.allCases {
            guard let found = await watch.latencies[phase] else { continue }
            var line = "  \(phase.rawValue) the move".padded(to: 25)
            for kind in ["search", "read", "write"] {
                let text =
                    found[kind].map { histogram in
                        "\(shown(histogram.quantile(0.5))) / \(shown(histogram.quantile(0.99)))"
                    } ?? "–"
                line += text.padded(to: 19)
            }
            print(line)
        }
    }

    private func shown(_ milliseconds: Double?) -> String {
        guard let milliseconds else { return "–" }
        return "\((milliseconds * 10).rounded() / 10) ms"
    }

    /// One search a person can judge.
    private func similar(_ store: any ApplicationAPI) async {
        guard let package = packages.first(where: { $0.name.hasPrefix("lib") }),
            case .ok(let body) = await store.search(package.vector, k: 4)
        else { return }
        let names = (body["hits"]?.items ?? []).compactMap { $0["payload"]?["name"]?.text }
        print("similar to '\(package.name)': \(names.dropFirst().joined(separator: ", "))")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
