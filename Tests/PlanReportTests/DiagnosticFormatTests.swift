import PlanCore
import PlanReport
import Testing

@Suite struct DiagnosticFormatTests {
    private func diagnostic(_ text: String, column: Int, length: Int = 1) -> Diagnostic {
        Diagnostic(
            "a 'b', 50%",
            at: Diagnostic.Location(
                file: "plans/x,y.yaml", line: 7, column: column, length: length, text: text),
            hint: "do c")
    }

    @Test func `people see the line with a caret under the place`() {
        let text = DiagnosticFormat.text.render([diagnostic("  abc: d", column: 3, length: 3)])
        #expect(
            text == """
                plans/x,y.yaml:7:3: error: a 'b', 50%
                7 |   abc: d
                  |   ^~~
                hint: do c

                """)
    }

    @Test func `a diagnostic without a place is a message and a hint`() {
        let found = Diagnostic("nobody answers", severity: .warning, hint: "start it")
        #expect(
            DiagnosticFormat.text.render([found]) == "warning: nobody answers\nhint: start it\n")
    }

    @Test func `a tab before the caret stays a tab`() {
        let text = DiagnosticFormat.text.render([diagnostic("\ta\tb", column: 4)])
        #expect(text.contains("\n  | \t \t^\n"))
    }

    @Test func `a long line is cut around its caret`() {
        let line =
            String(repeating: "x", count: 5_000) + "HERE" + String(repeating: "y", count: 5_000)
        let text = DiagnosticFormat.text.render([diagnostic(line, column: 5_001, length: 4)])
        let lines = text.split(separator: "\n")
        #expect(lines[1].count < 200)
        let caret = lines[2].firstIndex(of: "^").map {
            lines[2].distance(from: lines[2].startIndex, to: $0)
        }
        let place = lines[1].firstIndex(of: "H").map {
            lines[1].distance(from: lines[1].startIndex, to: $0)
        }
        #expect(caret == place)
    }

    @Test func `a terminal is not obeyed`() {
        let text = DiagnosticFormat.text.render([diagnostic("a\u{1B}[2Jb\u{202E}", column: 1)])
        #expect(!text.unicodeScalars.contains("\u{1B}"))
        #expect(!text.unicodeScalars.contains("\u{202E}"))
    }

    @Test func `machines get a versioned document`() {
        #expect(
            DiagnosticFormat.json.render([diagnostic("say \"x\"\t", column: 5)]) == """
                {"version": 1, "diagnostics": [
                  {"severity": "error", "message": "a 'b', 50%", "hint": "do c", \
                "file": "plans/x,y.yaml", "line": 7, "column": 5, "length": 1, \
                "text": "say \\"x\\"\\t"}
                ]}

                """)
        #expect(DiagnosticFormat.json.render([]) == "{\"version\": 1, \"diagnostics\": []}\n")
    }

    @Test func `reviews get annotations with their special characters escaped`() {
        #expect(
            DiagnosticFormat.github.render([diagnostic("abc", column: 2, length: 2)])
                == "::error file=plans/x%2Cy.yaml,line=7,col=2,endColumn=4::a 'b', 50%25%0Ahint: do c\n"
        )
    }
}
