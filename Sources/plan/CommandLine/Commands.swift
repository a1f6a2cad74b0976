/// Every subcommand: its spec, and what runs it.
enum Commands {
    typealias Run = @Sendable (Arguments) async throws -> ExitCode

    static let all: [(spec: CommandSpec, run: Run)] = [
        (start, InitCommand.run), (validate, ValidateCommand.run), (preview, PreviewCommand.run),
        (apply, ApplyCommand.run),
        (status, StatusCommand.run), (approve, PersonCommands.approve),
        (pause, PersonCommands.pause), (throttle, PersonCommands.throttle),
        (rollback, RollbackCommand.run), (gateway, GatewayCommand.run), (work, WorkCommand.run),
        (diff, DiffCommand.run), (recover, RecoverCommand.run), (schema, SchemaCommand.run),
        (completions, CompletionsCommand.run),
    ]

    static let start = CommandSpec(
        name: "init", operands: "", summary: "Look at the stores and print a first plan",
        details: """
            A store is [STORE:]ADDRESS[#COLLECTION], such as old.db#products,
            postgresql://db/shop#products, http://db:6333#products or env:NAME#products.
            Changes nothing: plan init --source=old.db#products > plan.yaml
            """,
        options: [
            .init("source", value: "STORE", "where the collection is"),
            .init("target", value: "STORE", "where it shall go"),
            .init(
                "source-extension", value: "PATH",
                "sqlite-vec's library, where the source is a table of its"),
            .init("source-key", value: "REFERENCE", "the source's API key, env:NAME or file:PATH"),
            .init("target-key", value: "REFERENCE", "the target's"),
        ], operandCount: 0...0)
    static let validate = CommandSpec(
        name: "validate", operands: "FILE…", summary: "Check plans and print every problem at once",
        details: "Nothing connects and nothing runs, unless --connect asks both stores.",
        options: [
            .init("connect", "also ask both stores whether they can do what the plan asks"),
            .init("format", value: "text|json|github", "how to print"),
        ], operandCount: 1...1_000)
    static let preview = CommandSpec(
        name: "preview", operands: "FILE",
        summary: "Show what 'apply' would do from here, step by step",
        details: "Asks both stores for their counts. Changes nothing.",
        options: [CommandSpec.format], operandCount: 1...1)
    static let apply = CommandSpec(
        name: "apply", operands: "FILE", summary: "Run the plan, or resume it",
        details: """
            Exit codes: 0 done · 1 error · 2 invalid plan · 3 a guard failed, the run is paused ·
            4 waiting for a person · 5 rolled back · 6 another process holds the run.
            Ctrl-C leaves a run that the next 'apply' resumes.
            """,
        options: [
            .init("until", value: "STEP", "stop when this step is done"),
            .init("yes", value: "NAME", "approve this step beforehand", repeats: true),
            .init("gateway", "run the gateway inside this process"),
            .init("no-wait", "exit with 4 at an approval (what a pipe does anyway)"),
            .init("wait", "wait at an approval (what a terminal does anyway)"),
            .init("accept-changes", "go on with a plan whose later steps were edited"),
            .init("forward", "take back a rollback that has not ended; the source may be gone"),
            CommandSpec.format,
        ], operandCount: 1...1)
    static let status = CommandSpec(
        name: "status", operands: "FILE",
        summary: "Say where the run is, and what to type next", details: "",
        options: [.init("watch", "keep it current, until Ctrl-C"), CommandSpec.format],
        operandCount: 1...1)
    static let approve = CommandSpec(
        name: "approve", operands: "FILE NAME", summary: "Approve a step that waits for a person",
        details: "Recorded with your name and the time, for this text of the plan and no other.",
        options: [], operandCount: 2...2)
    static let pause = CommandSpec(
        name: "pause", operands: "FILE", summary: "Pause the run; 'apply' goes on with it",
        details: "", options: [], operandCount: 1...1)
    static let throttle = CommandSpec(
        name: "throttle", operands: "FILE RATE",
        summary: "Change the backfill's rate while it runs",
        details: "RATE is records a second, such as 2000/s; 'off' lifts the limit.",
        options: [], operandCount: 2...2)
    static let rollback = CommandSpec(
        name: "rollback", operands: "FILE", summary: "Undo steps in reverse; no write is lost",
        details: """
            Without --to: from the cutover on, back to the source as the authority, dual writes on;
            before it, back to single writes. Nothing is dropped.
            """,
        options: [
            .init("to", value: "STEP", "undo everything back to this step, and it too"),
            .init("yes", "do not ask before the target is dropped"),
        ], operandCount: 1...1)
    static let gateway = CommandSpec(
        name: "gateway", operands: "FILE… | evict FILE NAME",
        summary: "Stand between the application and the stores",
        details: """
            Any number of gateways may serve one plan. Several plans behind one listener are
            collections of one server, which move each at its own time. 'evict' says that a gateway
            which does not answer is gone for good, so that flips no longer wait for it.
            """,
        options: [
            .init("listen", value: "HOST:PORT", "instead of the plan's address"),
            .init("admin", value: "HOST:PORT", "instead of the plan's admin address"),
            .init("name", value: "NAME", "what 'status' calls it"),
        ], operandCount: 1...64)
    static let work = CommandSpec(
        name: "work", operands: "FILE", summary: "Help with backfill, verify and repair",
        details: "Any number of workers, on this machine.",
        options: [.init("workers", value: "N", "ranges copied at once (4)")], operandCount: 1...1)
    static let diff = CommandSpec(
        name: "diff", operands: "FILE", summary: "Compare the two stores now, in both directions",
        details: "Exit code 1 where they differ.", options: [CommandSpec.format],
        operandCount: 1...1)
    static let recover = CommandSpec(
        name: "recover", operands: "FILE", summary: "Make a new ledger when the old one was lost",
        details: """
            At a higher epoch, with the authority of run.json, every key to be compared again.
            """,
        options: [
            .init(
                "authority", value: "SIDE",
                "source or target, where the run was moving it when it stopped")
        ], operandCount: 1...1)
    static let schema = CommandSpec(
        name: "schema", operands: "", summary: "Print the JSON Schema of plan files, for editors",
        details: "", options: [], operandCount: 0...0)
    static let completions = CommandSpec(
        name: "completions", operands: "bash|zsh|fish", summary: "Print shell completions",
        details: "bash: source <(plan completions bash)", options: [], operandCount: 1...2)
}
