@preconcurrency import Glibc
import PlanReport

/// Standard output and error, as they are: a terminal or a pipe.
enum Terminal {
    static let isInteractive = isatty(STDOUT_FILENO) == 1

    static var style: TextStyle {
        isInteractive && getenv("NO_COLOR") == nil ? .coloured : .plain
    }

    static var width: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    static func print(_ text: String) {
        fputs(text + "\n", stdout)
        fflush(stdout)
    }

    static func complain(_ text: String) {
        fflush(stdout)
        fputs(Shown.plain(text, keepsLines: true) + "\n", stderr)
    }

    static var height: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
        return Int(size.ws_row)
    }

    /// Draws lines over so many rows drawn before, so that they seem to change in place. Returns
    /// how many rows they take.
    static func redraw(_ lines: [String], over before: Int) -> Int {
        let rows = ScreenRows.fit(ScreenRows.wrap(lines, width: width), height: height - 1)
        var text = before > 0 ? "\u{1b}[\(before)A" : ""
        for row in rows { text += "\u{1b}[2K" + row + "\n" }
        text += "\u{1b}[J"
        fputs(text, stdout)
        fflush(stdout)
        return rows.count
    }
}
