import Foundation
import JSON
import PlanCore
import Testing

extension BlackBox {
    /// Guards that ask a Prometheus or a program.
    @Suite(.serialized)
    struct OutsideGuardTests {
        private struct Result {
            var code: Int32
            var words: String
            var asked: [String]
            /// By the guard's name.
            var verdicts: [String: String] = [:]
            var reasons: [String: String] = [:]
        }

        /// One step, guarded by all of them at once.
        private func apply(_ guards: [String]) async throws -> Result {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 20)
            var plan = PlanText()
            let list = guards.map { "          - {\($0), interval: 50ms}" }.joined(separator: "\n")
            plan.steps = [
                "create_target", "hook: {command: [sleep, \"0.2\"]}\n    guards:\n\(list)",
            ]
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin)
                    .replacing("PORT", with: String(sandbox.port + 2)), to: "plan.yaml")
            let answers = Self.answers.map { name, status, body in
                "query=\(name) \(status) \(body)"
            }
            _ = try await sandbox.startListener(
                "prometheus", port: sandbox.port + 2, answer: answers.joined(separator: "\n"))
            let applied = try await sandbox.apply(within: 30)
            var result = Result(
                code: applied.code, words: applied.errors, asked: sandbox.lines("prometheus.log"))
            let status = try await sandbox.run("plan", "status", "plan.yaml", "--format", "json")
            for judged in try JSON.parse(status.output)["steps"].items[1]["guards"].items {
                guard let name = judged["guard"].text.split(separator: " ").first else { continue }
                result.verdicts[String(name)] = judged["verdict"].text
                result.reasons[String(name)] = judged["reason"].text
            }
            return result
        }

        private static func vector(_ items: String) -> String {
            #"{"status":"success","data":{"resultType":"vector","result":[\#(items)]}}"#
        }

        private static func series(_ value: String) -> String {
            #"{"metric":{"a":"b"},"value":[1700000000.123,"\#(value)"]}"#
        }

        /// Query, status, body.
        private static let answers: [(String, Int, String)] = [
            ("low", 200, vector(series("0.25"))), ("high", 200, vector(series("1.5"))),
            (
                "scalar", 200,
                #"{"status":"success","data":{"resultType":"scalar","result":[1,"0"]}}"#
            ),
            ("nan", 200, vector(series("NaN"))), ("empty", 200, vector("")),
            ("two", 200, vector(series("0") + "," + series("0"))), ("busy", 503, "{}"),
            ("garbled", 200, "not json"), ("infinite", 200, vector(series("+Inf"))),
        ]

        private func prometheus(_ query: String, url: String = "http://127.0.0.1:PORT") -> String {
            "name: \(query), prometheus: {url: \"\(url)\", query: \(query)}, "
                + "success_condition: \"< 1\", failure_condition: \">= 1\""
        }

        private func program(_ name: String, _ arguments: String) -> String {
            "name: \(name), command: [\(arguments)], success_condition: \"< 1\""
        }

        @Test func `numbers within the condition pass`() async throws {
            let result = try await apply([
                prometheus("low"), prometheus("scalar"), program("echo", "echo, \"0.5\""),
            ])
            #expect(result.code == 0, "\(result.words)")
            #expect(result.verdicts == ["low": "pass", "scalar": "pass", "echo": "pass"])
            #expect(result.asked.contains("GET /api/v1/query?query=low "))
        }

        @Test(arguments: ["high", "infinite", "echo"])
        func `a number beyond it fails`(name: String) async throws {
            let beyond =
                name == "echo" ? program(name, "echo, \"7\"") : prometheus(name)
            let result = try await apply([prometheus("low"), beyond])
            #expect(result.code == 3, "\(result.words)")
            #expect(result.verdicts[name] == "fail", "\(result.verdicts)")
        }

        @Test func `what gives no number is never a pass`() async throws {
            let result = try await apply([
                prometheus("low"), prometheus("nan"), prometheus("empty"), prometheus("two"),
                prometheus("busy"), prometheus("garbled"),
                prometheus("nobody", url: "http://127.0.0.1:1"), program("words", "echo, lots"),
                program("down", "sh, -c, \"echo down >&2; exit 3\""),
                program("gone", "no-such-program"),
            ])
            #expect(result.code == 4, "\(result.words)")
            #expect(result.words.contains("a guard cannot be asked"), "\(result.words)")
            #expect(result.verdicts.removingPasses == Set(Self.words.keys))
            for (name, words) in Self.words.sorted(by: { $0.key < $1.key }) {
                let reason = result.reasons[name] ?? ""
                #expect(reason.contains(words), "\(name): \(reason)")
            }
        }

        private static let words = [
            "nan": "NaN", "empty": "no data", "two": "2 series",
            "busy": "prometheus answered 503", "garbled": "an answer that is none",
            "nobody": "onnect", "words": "printed no number", "down": "ended with 3: down",
            "gone": "No such file",
        ]
    }
}

extension [String: String] {
    fileprivate var removingPasses: Set<String> {
        Set(filter { $0.value == "inconclusive" }.keys)
    }
}
