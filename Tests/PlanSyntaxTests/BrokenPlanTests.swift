import PlanCore
import PlanReport
import PlanSyntax
import Testing

@Suite struct BrokenPlanTests {
    @Test(arguments: Fixtures.broken)
    func `a broken plan is met with exactly these words`(name: String) throws {
        let result = PlanParser.parse(bytes: try Fixtures.bytes("broken/\(name)"), file: name)
        let text = DiagnosticFormat.text.render(result.diagnostics)
        let expected = "broken/\(name.dropLast(5)).expected"
        if Fixtures.isRecording { try Fixtures.write(text, to: expected) }
        #expect(text == String(decoding: try Fixtures.bytes(expected), as: UTF8.self))
    }

    @Test func `seven mistakes are seven diagnostics on their own lines`() throws {
        let bytes = try Fixtures.bytes("broken/seven-mistakes.yaml")
        let errors = PlanParser.parse(bytes: bytes, file: "p").diagnostics
            .filter { $0.severity == .error }
        #expect(errors.compactMap(\.location?.line) == [3, 4, 6, 9, 11, 12, 14])
    }

    @Test func `a plan with an error is no plan, a plan with warnings is one`() throws {
        for name in Fixtures.broken {
            let result = PlanParser.parse(bytes: try Fixtures.bytes("broken/\(name)"), file: name)
            let hasErrors = result.diagnostics.contains { $0.severity == .error }
            #expect((result.plan == nil) == hasErrors, "\(name)")
            #expect(!result.diagnostics.isEmpty, "\(name)")
        }
    }

    @Test func `messages end without a full stop and begin in lowercase`() throws {
        for name in Fixtures.broken {
            let result = PlanParser.parse(bytes: try Fixtures.bytes("broken/\(name)"), file: name)
            for text in result.diagnostics.flatMap({ [$0.message, $0.hint ?? "x"] }) {
                #expect(!text.hasSuffix("."), "\(text)")
                #expect(text.first?.isUppercase == false, "\(text)")
            }
        }
    }

    @Test func `a credential in a plan is shown in no format`() throws {
        let bytes = try Fixtures.bytes("broken/secrets.yaml")
        let diagnostics = PlanParser.parse(bytes: bytes, file: "p").diagnostics
        for format in DiagnosticFormat.allCases {
            let text = format.render(diagnostics)
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("swordfish"))
        }
    }

    @Test func `a megabyte and one byte is refused before it is read`() {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: (1 << 20) + 1)
        let result = PlanParser.parse(bytes: bytes, file: "p")
        #expect(
            result.diagnostics.map(\.message)
                == ["the file has 1048577 bytes, and 1048576 is the most"])
        #expect(result.diagnostics.first?.location?.line == 1)
    }
}
