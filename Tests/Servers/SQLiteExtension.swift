/// sqlite-vec, as PyPI has it.
package enum SQLiteExtension {
    /// The path of its library. Installs on the first call.
    package static func vec0() throws -> String {
        try ServerScript.run([
            "python", "sqlite-client", "-c", "import sqlite_vec; print(sqlite_vec.loadable_path())",
        ]) + ".so"
    }
}
