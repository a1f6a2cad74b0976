/// A script under `Tests` in Python, with NumPy, which a client of a store brings along.
package enum PythonScript {
    /// Blocks until it ends; what it printed. Installs on the first call.
    package static func run(_ script: String, _ arguments: [String]) throws -> String {
        try ServerScript.run(["python", "qdrant-client", script] + arguments)
    }
}
