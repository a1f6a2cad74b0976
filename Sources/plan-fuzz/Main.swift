import Foundation

#if FUZZING
    /// libFuzzer's own loop: it takes the command line, and calls back with one input after the
    /// other. Linked where `-sanitize=fuzzer` is given.
    @_silgen_name("LLVMFuzzerRunDriver")
    private func runFuzzer(
        _ count: UnsafeMutablePointer<CInt>,
        _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
        _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
    ) -> CInt

    private let fuzzed: Target = {
        let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
        guard let target = Target(rawValue: name) else {
            print("FUZZ_TARGET is '\(name)'; it is one of \(Target.names)")
            exit(2)
        }
        return target
    }()

    @main
    struct Main {
        static func main() {
            var count = CommandLine.argc
            var words = CommandLine.unsafeArgv
            exit(
                runFuzzer(&count, &words) { start, count in
                    fuzzed.read(Array(UnsafeBufferPointer(start: start, count: count)))
                    return 0
                })
        }
    }
#else
    /// `plan-fuzz TARGET FILE…` reads files as the fuzzer's target does: to look at what it found.
    @main
    struct Main {
        static func main() {
            let words = Array(CommandLine.arguments.dropFirst())
            guard let target = words.first.flatMap(Target.init), words.count > 1 else {
                print("usage: plan-fuzz \(Target.names) FILE…; 'make fuzz' searches")
                exit(2)
            }
            for path in words.dropFirst() {
                guard let data = FileManager.default.contents(atPath: path) else {
                    print("cannot read '\(path)'")
                    exit(1)
                }
                target.read(Array(data))
                print("\(path): read")
            }
        }
    }
#endif
