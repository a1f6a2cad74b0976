import Foundation
import Glibc
import PlanCore
import PlanSync

/// `run.json` and `events.jsonl` in the run's folder.
///
/// A save is: a temporary file, fsync, rename, fsync of the folder. Nothing acts on a state that is
/// not on disk. A file that cannot be read is refused, never reset.
package actor FileRunStore: RunStore {
    private nonisolated let executor = ThreadExecutor()
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    package nonisolated let folder: String
    private var hasMendedTail = false

    private let crashPoints: any CrashPoints

    package init(folder: String, crashPoints: any CrashPoints = NoCrashPoints()) {
        self.folder = folder
        self.crashPoints = crashPoints
    }

    package nonisolated var path: String { folder + "/run.json" }
    private var events: String { folder + "/events.jsonl" }

    package func load() throws -> RunRecord? {
        guard access(path, F_OK) == 0 else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Diagnostic("cannot read '\(path)'", hint: "see who may read it")
        }
        return try FileRunStore.decode(Array(data), path: path)
    }

    /// `path` is for the messages alone.
    package static func decode(_ bytes: [UInt8], path: String) throws -> RunRecord {
        let data = Data(bytes)
        struct Version: Decodable { var formatVersion: Int }
        guard let version = try? JSONDecoder().decode(Version.self, from: data) else {
            throw Diagnostic(
                "'\(path)' is damaged: it is not the state of a run",
                hint: "restore it from a backup; it is never reset by itself")
        }
        guard version.formatVersion <= 1 else {
            throw Diagnostic(
                "'\(path)' has format \(version.formatVersion), newer than this build's 1",
                hint: "use the build that wrote it, or a newer one")
        }
        do {
            guard let record = try JSONDecoder().decode(RunFileV1.self, from: data).record else {
                throw Diagnostic(
                    "'\(path)' is damaged: it holds words that format 1 does not have",
                    hint: "restore it from a backup")
            }
            return record
        } catch let error as DecodingError {
            throw Diagnostic(
                "'\(path)' is damaged: \(FileRunStore.reason(error))",
                hint: "restore it from a backup; it is never reset by itself")
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of another kind"
        default: "it is no JSON"
        }
    }

    package static func encode(_ record: RunRecord) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(RunFileV1(record))) + Array("\n".utf8)
    }

    package func save(_ record: RunRecord) throws {
        let data = Data(try FileRunStore.encode(record))
        try DurableFile.replace(path, with: data, crashPoints: crashPoints)
    }

    package func append(event: JSONObject) throws {
        if !hasMendedTail {
            try DurableFile.truncateTornTail(events)
            hasMendedTail = true
        }
        do {
            try DurableFile.append(events, line: EventText.line(event))
        } catch {
            // A full disk may have taken a part of it.
            hasMendedTail = false
            throw error
        }
    }
}
