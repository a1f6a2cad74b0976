import Glibc
import PlanCore

/// Runs other programs to their end, on a thread of its own.
actor Shell {
    private nonisolated let executor = ThreadExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    struct Failure: Error, CustomStringConvertible {
        let command: String
        let status: Int32
        var description: String { "'\(command)' ended with status \(status)" }
    }

    /// Through `/bin/sh`, a pipe's every part must succeed. Returns what it printed.
    @discardableResult
    func run(_ command: String) throws -> String {
        let words = ["/bin/bash", "-o", "pipefail", "-c", Shell.quoted(command)]
        guard let pipe = popen(words.joined(separator: " "), "r") else {
            throw Failure(command: command, status: errno)
        }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&buffer, 1, buffer.count, pipe)
            if count == 0 { break }
            text += buffer[..<count]
        }
        let status = pclose(pipe)
        guard status == 0 else { throw Failure(command: command, status: status) }
        return String(decoding: text, as: UTF8.self)
    }

    static func quoted(_ word: String) -> String {
        "'"
            + word.split(separator: "'", omittingEmptySubsequences: false).joined(
                separator: "'\\''") + "'"
    }
}
