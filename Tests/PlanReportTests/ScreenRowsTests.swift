import PlanReport
import Testing

@Suite struct ScreenRowsTests {
    @Test func `a line longer than the screen takes two rows`() {
        let rows = ScreenRows.wrap([String(repeating: "x", count: 30), "y"], width: 20)
        #expect(
            rows == [String(repeating: "x", count: 20), String(repeating: "x", count: 10), "y"])
    }

    @Test func `colours take no room and wide characters take two columns`() {
        let red = "\u{1b}[31m" + String(repeating: "x", count: 20) + "\u{1b}[0m"
        #expect(ScreenRows.wrap([red], width: 20) == [red])
        let wide = String(repeating: "漢", count: 11)
        #expect(ScreenRows.wrap([wide], width: 20) == [String(wide.prefix(10)), "漢"])
    }

    @Test func `a screen too low keeps the first row and the last`() {
        #expect(ScreenRows.fit(["a", "b", "c", "d"], height: 3) == ["a", "c", "d"])
        #expect(ScreenRows.fit(["a", "b", "c"], height: 3) == ["a", "b", "c"])
    }

    @Test func `text from a store has no power over a terminal`() {
        #expect(Shown.plain("a\u{1b}[2J\n\0b é😀") == "a\\u{1B}[2J\\n\\0b é😀")
        #expect(Shown.plain("a\n\tb", keepsLines: true) == "a\n\tb")
    }
}
