import Glibc

/// How a program of several threads ends.
package enum ProgramEnd {
    /// What was printed is written out; what libraries would do at an exit is left undone. OpenSSL for
    /// one frees then what a thread that ends in that very moment may still work with: the likely
    /// cause of a benchmark that died once in `memcpy` after all its work. The system takes all back.
    package static func now(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }
}
