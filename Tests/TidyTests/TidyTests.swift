import Foundation
import Testing

@Suite struct TidyTests {
    private static let sources = SourceTree.files(under: "Sources")
    private static let everything = sources + SourceTree.files(under: "Tests")

    @Test func `there are files to look at`() {
        #expect(TidyTests.sources.count > 100)
    }

    @Test func `files and lines keep to their size`() {
        #expect(TidyTests.everything.flatMap(TidyRules.size) == [])
    }

    @Test func `functions keep to their size`() {
        #expect(TidyTests.everything.flatMap(TidyRules.functions) == [])
    }

    @Test func `nothing is forced and nothing is left to do`() {
        #expect(TidyTests.sources.flatMap(TidyRules.forbidden) == [])
    }

    @Test func `one wrapper starts programs`() {
        #expect(TidyTests.everything.flatMap(TidyRules.starts) == [])
    }

    @Test func `the protocol's modules have no clock, chance or stray task of their own`() {
        let modules = ["PlanSync", "PlanRun", "PlanLedger", "PlanCore"]
        let files = modules.flatMap { SourceTree.files(under: "Sources/\($0)") }
        #expect(files.flatMap(TidyRules.determinism) == [])
    }

    /// Target → what it may import of ours; the arrows of the architecture.
    private static let directions: [String: Set<String>] = {
        let wrappers: Set<String> = [
            "YAML", "SQLite", "Postgres", "HTTPClient", "HTTPServer", "JSON", "Hash", "Processes",
        ]
        return [
            "PlanCore": [],
            "PlanReport": ["PlanCore"],
            "PlanSyntax": wrappers.union(["PlanCore"]),
            "PlanLedger": wrappers.union(["PlanCore"]),
            "QdrantFormat": ["PlanCore", "JSON"],
            "ChromaFormat": ["PlanCore", "JSON"],
            "PlanStores": wrappers.union(["PlanCore", "QdrantFormat", "ChromaFormat"]),
            "PlanSync": ["PlanCore", "Hash"],
            "PlanRun": ["PlanSync", "PlanCore", "Hash", "YAML"],
            "PlanGateway": wrappers.union([
                "PlanSync", "PlanCore", "QdrantFormat", "ChromaFormat",
            ]),
            "PlanTesting": ["PlanCore", "PlanSync", "PlanRun", "PlanLedger"],
            "plan-demo": ["HTTPClient", "JSON", "PlanCore", "PlanStores", "Processes"],
        ]
    }()

    private static let ours: Set<String> = [
        "PlanCore", "PlanReport", "PlanSyntax", "PlanLedger", "PlanStores", "PlanSync", "PlanRun",
        "PlanGateway", "PlanTesting", "YAML", "SQLite", "Postgres", "HTTPClient", "HTTPServer",
        "JSON", "Hash", "Processes", "QdrantFormat", "ChromaFormat",
    ]

    @Test func `imports point down`() {
        var found: [String] = []
        for (target, allowed) in TidyTests.directions {
            for file in SourceTree.files(under: "Sources/\(target)") {
                for (line, module) in TidyRules.imports(file)
                where TidyTests.ours.contains(module) && !allowed.contains(module) {
                    found.append("\(file.path):\(line): \(target) imports \(module)")
                }
            }
        }
        #expect(found.sorted() == [])
    }

    @Test func `only wrappers import C modules, and of ours JSON alone imports the plan's words`() {
        var found: [String] = []
        let c: Set<String> = [
            "CYAML", "CSQLite", "CPostgres", "CCurl", "CMicrohttpd", "CSimdjson", "CXXHash",
            "CCrypto", "CSpawn",
        ]
        for file in TidyTests.sources {
            let isWrapper = file.path.hasPrefix("Sources/Wrappers/")
            for (line, module) in TidyRules.imports(file) {
                if c.contains(module), !isWrapper {
                    found.append("\(file.path):\(line): imports \(module)")
                }
                if isWrapper, TidyTests.ours.contains(module),
                    !(file.path.hasPrefix("Sources/Wrappers/JSON/") && module == "PlanCore")
                {
                    found.append("\(file.path):\(line): a wrapper imports \(module)")
                }
            }
        }
        #expect(found == [])
    }

    @Test func `the top level holds what belongs there`() throws {
        let allowed: Set<String> = [
            "Package.swift", "Package.resolved", "Sources", "Tests", "plans", "README.md",
            "LICENSE", "CHANGELOG.md", "Makefile",
        ]
        let names = try FileManager.default.contentsOfDirectory(atPath: SourceTree.root.path)
        #expect(names.filter { !$0.hasPrefix(".") && !allowed.contains($0) } == [])
    }

    @Test func `decisions are numbered without gaps`() throws {
        let folder = SourceTree.root.appendingPathComponent(
            "Sources/plan/Documentation.docc/Decisions")
        let numbers = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .compactMap { Int($0.prefix(4)) }.sorted()
        #expect(!numbers.isEmpty)
        #expect(numbers == Array(1...numbers.count))
    }
}
