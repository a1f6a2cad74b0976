import Glibc
import JSON
import PlanCore

extension FilesStore {
    /// A file beside the collection, put there by `link`: of two that race one succeeds.
    package func claim(_ claim: RunClaim) async throws -> RunClaim {
        let configuration = self.configuration
        return try await writer.run {
            try FilesDisk.makeFolder(configuration.folder, "claim")
            let draft = "\(configuration.folder)/.\(FilesIndex.newName())"
            defer { unlink(draft) }
            try FilesDisk.replace(draft, with: FilesStore.text(claim), "claim")
            while true {
                if link(draft, configuration.claim) == 0 {
                    try FilesDisk.syncFolder(of: configuration.claim, "claim")
                    return claim
                }
                guard errno == EEXIST else {
                    throw FilesFailure.system("write", configuration.claim, "claim")
                }
                // Gone again meanwhile: its holder released it.
                if let holder = try FilesStore.holder(configuration, "claim") { return holder }
            }
        }
    }

    package func release(_ claim: RunClaim) async throws {
        let configuration = self.configuration
        try await writer.run {
            guard try FilesStore.holder(configuration, "release")?.run == claim.run else { return }
            guard unlink(configuration.claim) == 0 || errno == ENOENT else {
                throw FilesFailure.system("remove", configuration.claim, "release")
            }
        }
    }

    private static func text(_ claim: RunClaim) -> String {
        JSON.text([
            "run": .string(claim.run), "plan": .string(claim.plan), "host": .string(claim.host),
            "state": .string(claim.state),
        ]) + "\n"
    }

    private static func holder(
        _ configuration: FilesStoreConfiguration, _ operation: String
    ) throws -> RunClaim? {
        let path = configuration.claim
        guard let bytes = try FilesDisk.read(path, operation) else { return nil }
        guard
            case .object(let fields)? = try? JSON.parse(String(decoding: bytes, as: UTF8.self)),
            case .string(let run)? = fields["run"], case .string(let plan)? = fields["plan"],
            case .string(let host)? = fields["host"], case .string(let state)? = fields["state"]
        else { throw FilesFailure.corrupt(path, "is no run's claim", operation) }
        return RunClaim(run: run, plan: plan, host: host, state: state)
    }
}
