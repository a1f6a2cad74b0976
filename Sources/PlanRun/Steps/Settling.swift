import PlanCore
import PlanSync

extension RunContext {
    /// Returns when every key that is marked now has since been clean.
    func settle() async throws {
        let begun = time.now
        var isTold = false
        var left = Set(try await ledger.read { try $0.dirtyKeys().map(\.key) })
        while !left.isEmpty {
            try await time.sleep(for: .milliseconds(50))
            if !isTold, time.now - begun > .seconds(2) {
                let text = "waiting for keys that changed meanwhile to be repaired"
                _ = try await ledger.write(.relaxed) { try $0.setStatus("waiting", text) }
                isTold = true
            }
            left.formIntersection(try await ledger.read { try $0.dirtyKeys().map(\.key) })
        }
        if isTold { try await clearWaiting() }
    }
}
