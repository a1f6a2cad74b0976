import Glibc

/// Why a program could not be started: `code` is the system's error number.
package struct ChildProcessError: Error, Hashable, Sendable, CustomStringConvertible {
    package var program: String
    package var code: Int32

    /// The system's words for it.
    package var reason: String { String(cString: strerror(code)) }
    package var description: String { "'\(program)' could not be started: \(reason)" }
}
