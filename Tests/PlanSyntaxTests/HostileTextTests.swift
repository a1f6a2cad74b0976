import PlanCore
import PlanReport
import PlanSyntax
import Testing

/// Whatever the bytes, the parser returns, and a refusal has a place.
@Suite struct HostileTextTests {
    private func check(_ bytes: [UInt8]) {
        let result = PlanParser.parse(bytes: bytes, file: "p")
        #expect(result.plan != nil || !result.diagnostics.isEmpty)
        for diagnostic in result.diagnostics {
            #expect(diagnostic.location != nil)
            #expect((diagnostic.location?.length ?? 0) >= 1)
            #expect((diagnostic.location?.column ?? 0) >= 1)
        }
        for format in DiagnosticFormat.allCases { _ = format.render(result.diagnostics) }
    }

    @Test func `a plan cut off at any byte is met with diagnostics`() throws {
        let bytes = try Fixtures.bytes("valid/everything.yaml")
        for end in bytes.indices { check(Array(bytes[..<end])) }
    }

    @Test func `a plan with any byte exchanged is met without a crash`() throws {
        let bytes = try Fixtures.shippedBytes("pgvector-table-to-table.yaml")
        for (index, replacement) in zip(bytes.indices, "[]{}:-&*!|>'\"%@\t\n#?,\u{0}".utf8.cycled) {
            var changed = bytes
            changed[index] = replacement
            check(changed)
        }
    }

    @Test(arguments: ["[", "{", "- ", "? ", "a: {", "[a, "])
    func `deep nesting is refused at once`(opening: String) {
        let bytes = Array(String(repeating: opening, count: 200_000 / opening.utf8.count).utf8)
        let clock = ContinuousClock()
        let took = clock.measure { check(bytes) }
        // libyaml alone needs minutes for some of these; the bound is far from both.
        #expect(took < .seconds(20))
    }

    @Test(arguments: [
        ("\n  - ", "frobnicate: {}"), ("\n  - ", "verify"), ("\n  - ", "mirror: {guards: [x]}"),
        (", ", "frobnicate"), (", ", "{soak: {duration: 1}}"),
    ])
    func `a megabyte of mistakes is answered, not answered in full`(
        separator: String, step: String
    ) {
        let isFlow = separator == ", "
        let steps = Array(repeating: step, count: 1_000_000 / (separator + step).utf8.count)
            .joined(separator: separator)
        let text =
            "plan: 1\nname: many\nsteps: " + (isFlow ? "[" : separator) + steps
            + (isFlow ? "]" : "")
        let result = PlanParser.parse(text: text, file: "p")
        #expect(result.plan == nil)
        #expect(result.diagnostics.count <= 201)
        #expect(result.diagnostics.allSatisfy { $0.location != nil })
    }
}

extension Sequence {
    /// For ever over again.
    fileprivate var cycled: AnySequence<Element> {
        AnySequence {
            var iterator = self.makeIterator()
            return AnyIterator {
                if let next = iterator.next() { return next }
                iterator = self.makeIterator()
                return iterator.next()
            }
        }
    }
}
