import PlanCore

/// The options of each step, and what every step takes.
enum StepShapes {
    static let common = [
        FieldShape("name", .text(.stepName), "Needed where a kind repeats."),
        FieldShape(
            "guards", .named("guards", .list(GuardShapes.entry, minimum: 0)),
            "What must hold while the step runs."),
        FieldShape(
            "on_failure", .choice(Step.OnFailure.allCases.map(\.rawValue)),
            "pause, rollback or rollback_all. Default: pause; rollback for cutover and soak."),
        FieldShape("timeout", .duration(minimum: .milliseconds(1)), "Default: none."),
    ]

    static func options(_ word: StepWord) -> ObjectShape {
        switch word {
        case .createTarget: createTarget
        case .attach: attach
        case .dualWrite, .approval: ObjectShape(name: word.rawValue, fields: [])
        case .backfill: backfill
        case .createIndex: createIndex
        case .verify: verify
        case .mirror: mirror
        case .cutover: cutover
        case .soak: soak
        case .detach: detach
        case .decommission: decommission
        case .hook: hook
        }
    }

    /// Whether the bare word will do.
    static func needsOptions(_ word: StepWord) -> Bool {
        let shape = options(word)
        return shape.fields.contains(where: \.isRequired) || !shape.exactlyOne.isEmpty
            || !shape.atLeastOne.isEmpty
    }

    private static let createTarget = ObjectShape(
        name: "create_target",
        fields: [
            FieldShape(
                "distance", .choice(Distance.allCases.map(\.rawValue)), "Default: the source's.")
        ],
        synonyms: ["metric": "distance"])

    private static let attach = ObjectShape(
        name: "attach",
        fields: [
            FieldShape("config", ActionShapes.config, "Files of the application to change.")
        ])

    private static let backfill = ObjectShape(
        name: "backfill",
        fields: [
            FieldShape("workers", .integer(1...256), "Default: 4."),
            FieldShape("batch_size", .integer(1...100_000), "Records. Default: 500."),
            FieldShape("max_rate", .rate, "Records a second: 5000/s. Default: none."),
            FieldShape(
                "max_refused", .natural,
                "Records the target may refuse before the step fails. Default: 0."),
        ],
        synonyms: ["batch": "batch_size", "rate": "max_rate", "concurrency": "workers"])

    private static let createIndex = ObjectShape(
        name: "create_index",
        fields: [
            FieldShape("kind", .choice(["hnsw", "ivfflat"]), "Default: hnsw."),
            FieldShape("vector", .text(.any), "Which vector, as the target names it."),
            FieldShape("m", .integer(2...100), "hnsw: links of a node."),
            FieldShape("ef_construction", .integer(4...1_000), "hnsw: candidates while building."),
            FieldShape("lists", .integer(1...32_768), "ivfflat: cells."),
        ],
        synonyms: ["type": "kind"])

    private static let verify = ObjectShape(
        name: "verify",
        fields: [
            FieldShape(
                "mode", .choice(VerifyOptions.Mode.allCases.map(\.rawValue)), "Default: full."),
            FieldShape("repair", .flag, "Mend differences. Default: false."),
            FieldShape("sample", .positive, "sample: keys to compare. Default: 1000."),
            FieldShape("queries", .positive, "recall: searches. Default: 200."),
            FieldShape("k", .integer(1...10_000), "recall: hits compared. Default: 10."),
            FieldShape("workers", .integer(1...256), "Default: 4."),
            FieldShape("batch_size", .integer(1...100_000), "Records. Default: 500."),
            FieldShape("max_rate", .rate, "Records a second: 5000/s. Default: none."),
        ])

    private static let mirror = ObjectShape(
        name: "mirror",
        fields: [
            FieldShape("percent", .percent(0.000_001...1), "Part of the reads. Default: 100."),
            FieldShape("compare", .object(compare), "When an answer counts as discrepant."),
            FieldShape("duration", .duration(minimum: .milliseconds(1)), "Over after this time."),
            FieldShape("count", .positive, "Over after so many mirrored reads."),
        ],
        atLeastOne: ["duration", "count"])

    private static let compare = ObjectShape(
        name: "compare",
        fields: [
            FieldShape("k", .integer(1...10_000), "Hits compared. Default: 10."),
            FieldShape("min_overlap", .fraction(0...1), "Default: 0.9."),
        ])

    private static let cutover = ObjectShape(
        name: "cutover",
        fields: [
            FieldShape(
                "steps",
                .list(.object(stage), minimum: 0), "Reads move by weight, with pauses between."),
            FieldShape(
                "write_pause_max", .duration(minimum: .milliseconds(1)),
                "How long a write may be held. Default: 2s and two staleness bounds."),
            FieldShape(
                "attempts", .integer(1...1_000), "Tries of the switch. Default: 10."),
            FieldShape(
                "config", ActionShapes.confirmedConfig,
                "For applications that do not go through the gateway."),
        ])

    private static let stage = ObjectShape(
        name: "cutover step",
        fields: [
            FieldShape(
                "set_weight", .percent(0.000_001...1), "Percent of reads on the target."),
            FieldShape(
                "pause",
                .object(
                    ObjectShape(
                        name: "pause",
                        fields: [
                            FieldShape(
                                "duration", .duration(minimum: .milliseconds(1)),
                                "Default: until a person approves.")
                        ])), "Wait here."),
        ],
        synonyms: ["setWeight": "set_weight", "weight": "set_weight"],
        exactlyOne: ["set_weight", "pause"])

    private static let soak = ObjectShape(
        name: "soak",
        fields: [
            FieldShape(
                "duration", .duration(minimum: .milliseconds(1)), required: true,
                "Time in which guards were evaluated.")
        ])

    private static let detach = ObjectShape(
        name: "detach",
        fields: [
            FieldShape(
                "idle", .duration(minimum: .zero),
                "How long the gateways must be without traffic. Default: 10m."),
            FieldShape("config", ActionShapes.config, "Files of the application to change."),
        ])

    private static let decommission = ObjectShape(
        name: "decommission",
        fields: [
            FieldShape(
                "source", .choice(DecommissionOptions.Fate.allCases.map(\.rawValue)),
                "keep (default), rename or drop; the last two ask for an approval of their own."),
            FieldShape("export", .text(.any), "A folder for the source's records."),
        ])

    private static let hook = ObjectShape(
        name: "hook",
        fields: [
            FieldShape("command", ActionShapes.argv, "An argument list; no shell reads it."),
            FieldShape("http", ActionShapes.call, "[METHOD] URL; 2xx is success."),
            FieldShape("rollback", ActionShapes.action, "Undoes it."),
        ],
        exactlyOne: ["command", "http"])
}
