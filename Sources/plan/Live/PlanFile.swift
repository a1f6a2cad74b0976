import Foundation
import Hash
import PlanCore
import PlanReport
import PlanSyntax

/// A plan read from disk, whole and valid.
struct PlanFile: Sendable {
    var plan: Plan
    let text: String
    let digest: String

    static func bytes(_ path: String) throws -> [UInt8] {
        var isFolder = false
        if let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type]
            as? FileAttributeType
        {
            isFolder = kind == .typeDirectory
        }
        guard !isFolder, let data = FileManager.default.contents(atPath: path) else {
            throw Diagnostic(
                isFolder ? "'\(path)' is a folder" : "cannot read '\(path)'",
                hint: "give the path of a plan file, such as plans/products.yaml")
        }
        return Array(data)
    }

    /// Throws all that is wrong with it at once.
    static func load(_ path: String) throws -> PlanFile {
        try load(try bytes(path), path)
    }

    /// The same path with another text: that which a run began with.
    static func load(_ bytes: [UInt8], _ path: String) throws -> PlanFile {
        let result = PlanParser.parse(bytes: bytes, file: path)
        let errors = result.diagnostics.filter { $0.severity == .error }
        guard let plan = result.plan, errors.isEmpty else {
            throw Diagnostics(result.diagnostics)
        }
        return PlanFile(
            plan: plan, text: String(decoding: bytes, as: UTF8.self),
            digest: SHA.hex(SHA.sha256(bytes)))
    }
}
