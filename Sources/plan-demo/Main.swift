@preconcurrency import Glibc
import Processes

/// The sample application: "similar packages", with checkers of its own.
@main
enum Main {
    static func main() async {
        setvbuf(stdout, nil, _IOLBF, 0)
        let words = Array(CommandLine.arguments.dropFirst())
        do {
            let options = try Options(Array(words.dropFirst()))
            switch words.first {
            case "seed": try await SeedCommand.run(options)
            case "scramble": try await ScrambleCommand.run(options)
            case "run": ProgramEnd.now(try await RunCommand.run(options) ? 0 : 1)
            default:
                print("usage: plan-demo seed|run|scramble --data DIR --sqlite FILE --url URL …")
                exit(2)
            }
        } catch {
            print("plan-demo: \(error)")
            ProgramEnd.now(1)
        }
        ProgramEnd.now(0)
    }
}
