import Foundation
import Processes
import Testing

/// The checker of the models is itself checked: what it lets pass must be what it says.
@Suite struct CheckerTests {
    private static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder
    }()
    private static let models = root.appendingPathComponent("Tests/Models")

    /// Checks one model with one case; what was printed, and whether there was a surprise.
    private func check(_ model: String, expecting expected: String) throws -> (String, Bool) {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("models-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(model.utf8).write(to: folder.appendingPathComponent("small.pml"))
        let cases = folder.appendingPathComponent("cases")
        try Data("small | | \(expected) | a case\n".utf8).write(to: cases)
        let check = CheckerTests.models.appendingPathComponent("check").path
        let said = try ChildProcess.answer([check, "-f", cases.path], errors: .asOutput)
        return (said.text, said.end != .exited(0))
    }

    private static let right = "byte x; active proctype P() { x = 1; assert(x == 1) }"
    private static let wrong = "byte x; active proctype P() { x = 1; assert(x == 2) }"
    private static let stuck = "byte x; active proctype P() { x == 1 }"
    private static let endless = "int x = 1; active proctype P() { do :: x > 0 -> x++ od }"
    private static let starving =
        "byte x; active proctype P() { do :: x = 1 - x od } ltl served { <> (x == 2) }"

    @Test(arguments: [
        (right, "holds"), (wrong, "breaks"), (stuck, "stuck"), (starving, "starves"),
    ])
    func `what is expected and found is no surprise`(model: String, expected: String) throws {
        let (text, isSurprise) = try check(model, expecting: expected)
        #expect(!isSurprise, "\(text)")
    }

    @Test(arguments: [
        (right, "breaks"), (wrong, "holds"), (stuck, "holds"), (stuck, "breaks"),
        (starving, "lives"),
    ])
    func `a mutant that survives and a design that fails are surprises`(
        model: String, expected: String
    ) throws {
        let (text, isSurprise) = try check(model, expecting: expected)
        #expect(isSurprise, "\(text)")
    }

    @Test func `a search that was cut off is not taken for a proof`() throws {
        let (text, isSurprise) = try check(CheckerTests.endless, expecting: "holds")
        #expect(isSurprise, "\(text)")
        #expect(text.contains("cut off"))
    }

    @Test func `a model that does not compile is a surprise`() throws {
        let (text, isSurprise) = try check("proctype {", expecting: "breaks")
        #expect(isSurprise, "\(text)")
    }

    @Test func `the page of the models names every case and its verdict`() throws {
        let cases = String(
            decoding: try Data(contentsOf: CheckerTests.models.appendingPathComponent("cases")),
            as: UTF8.self)
        let page = String(
            decoding: try Data(
                contentsOf: CheckerTests.root.appendingPathComponent(
                    "Sources/plan/Documentation.docc/Models.md")),
            as: UTF8.self)
        let rows = page.split(separator: "\n").map { line in
            line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces.union(["`"])) }
        }
        var count = 0
        for line in cases.split(separator: "\n") where !line.hasPrefix("#") {
            let wanted = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            let isThere = rows.contains { row in
                row.count >= 6 && row[1] == wanted[0] && row[2] == wanted[1] && row[4] == wanted[2]
            }
            #expect(isThere, "\(line)")
            count += 1
        }
        #expect(count > 40)
    }
}
