import Foundation
import JSON
import PlanCore
import PlanSyntax
import Testing
import YAML

@Suite struct SchemaTests {
    private let schema: SchemaValidator

    init() throws { schema = try SchemaValidator(try JSON.parse(PlanSchema.text)) }

    private func json(_ bytes: [UInt8]) -> JSONValue {
        YAMLDocument.parse(bytes, rules: .config).root.map(YAMLAsJSON.value) ?? .null
    }

    @Test(arguments: Fixtures.shipped)
    func `the schema accepts a shipped plan`(name: String) throws {
        #expect(try schema.accepts(json(try Fixtures.shippedBytes(name))))
    }

    @Test(arguments: Fixtures.valid)
    func `the schema accepts a valid plan`(name: String) throws {
        #expect(try schema.accepts(json(try Fixtures.bytes("valid/\(name)"))))
    }

    @Test(arguments: Fixtures.broken)
    func `the schema refuses what a schema can see`(name: String) throws {
        let bytes = try Fixtures.bytes("broken/\(name)")
        let first = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
        let isVisible = first.contains("schema: visible")
        guard YAMLDocument.parse(bytes, rules: .config).errors.isEmpty else {
            #expect(!isVisible, "no schema sees a file that is not YAML")
            return
        }
        #expect(try schema.accepts(json(bytes)) != isVisible)
    }

    @Test(arguments: [
        ("discrepancy_rate < 1%", true), ("discrepancy_rate < 1", true),
        ("discrepancy_rate == 1%", false), ("discrepancy_rate < 5", false),
        ("discrepancy < 1%", false), ("latency_p99 < 50ms", false),
        ("latency_p99.target < 50ms", true), ("missing == 0", true), ("missing = 0", false),
        ("missing < 5%", false), ("repair_age < 30", false), ("repair_age < 30s", true),
        ("repair_backlog < 5 over 5m with 20 samples", true), ("repair_backlog < 5 ovr 5m", false),
    ])
    func `the schema knows each metric's unit`(line: String, accepted: Bool) throws {
        var plan = json(try Fixtures.bytes("valid/smallest.yaml"))
        guard case .object(var root) = plan else { return }
        root["steps"] = [["soak": ["duration": "1h"], "guards": [.string(line)]]]
        plan = .object(root)
        #expect(try schema.accepts(plan) == accepted)
    }

    @Test func `the schema names every step`() throws {
        guard case .object(let root) = try JSON.parse(PlanSchema.text),
            case .object(let definitions) = root["$defs"]
        else {
            Issue.record("no definitions")
            return
        }
        for word in StepWord.allCases { #expect(definitions["step_\(word.rawValue)"] != nil) }
    }

    @Test func `a validator that meets an unknown keyword says so`() throws {
        let validator = try SchemaValidator(["propertyNames": ["pattern": "^x"]])
        #expect(throws: SchemaValidator.Unsupported.self) { try validator.accepts(["y": 1]) }
    }
}
