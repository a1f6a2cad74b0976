import PlanCore

/// What the body gives once it is in time: a store that soon gives up may do so several times
/// before a slow machine has answered it. Every other error is thrown, and the last.
@discardableResult
func eventually<Value>(_ body: () async throws -> Value) async throws -> Value {
    for _ in 0..<50 {
        do {
            return try await body()
        } catch let error as StoreError where [.timeout, .busy].contains(error.kind) {
            try await Task.sleep(for: .milliseconds(20))
        }
    }
    return try await body()
}
