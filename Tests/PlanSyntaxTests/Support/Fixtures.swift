import Foundation

/// Files beside the tests, and the plans that are shipped.
enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")
    static let plans = folder.deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "plans")

    static let broken = names(in: folder.appending(path: "broken"))
    static let valid = names(in: folder.appending(path: "valid"))
    static let shipped = names(in: plans)

    /// True where the expected texts are to be rewritten instead of compared: review the diff.
    static let isRecording = ProcessInfo.processInfo.environment["CROSSFADE_RECORD"] == "1"

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: path)))
    }

    static func shippedBytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: plans.appending(path: name)))
    }

    static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: path))
    }

    private static func names(in folder: URL) -> [String] {
        let found = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (found ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
    }
}
