import Glibc

extension ChildProcess {
    /// Runs a program to its end, and to the end of what it and those it leaves behind print:
    /// blocks. `errors` is where its errors go; `asOutput`: into `text`, too.
    package static func answer(
        _ arguments: [String], folder: String? = nil, variables: [String: String]? = nil,
        errors: Output = .nowhere
    ) throws(ChildProcessError) -> (end: End, text: String) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw ChildProcessError(program: arguments.first ?? "", code: errno)
        }
        // For who starts programs in another way.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let child: ChildProcess
        do {
            defer { close(ends[1]) }
            child = try ChildProcess(
                arguments, folder: folder, variables: variables, output: .handle(ends[1]),
                errors: errors)
        }
        let bytes = ChildProcess.read(ends[0])
        return (child.wait(), String(decoding: bytes, as: UTF8.self))
    }

    private static func read(_ handle: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(handle, &piece, piece.count)
            if count > 0 {
                bytes.append(contentsOf: piece[..<count])
            } else if count == 0 || errno != EINTR {
                return bytes
            }
        }
    }
}
