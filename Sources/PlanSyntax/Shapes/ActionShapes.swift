import PlanCore

/// Calls, programs, and changes of the application's configuration.
enum ActionShapes {
    static let call = Shape.named("call", .text(.call))
    static let argv = Shape.named("argv", .list(.text(.any), minimum: 1))

    static let action = Shape.named(
        "action",
        .object(
            ObjectShape(
                name: "action",
                fields: [
                    FieldShape("command", argv, "An argument list; no shell reads it."),
                    FieldShape("http", call, "[METHOD] URL; 2xx is success."),
                ],
                synonyms: ["url": "http", "exec": "command", "run": "command"],
                exactlyOne: ["command", "http"])))

    static let reload = Shape.object(
        ObjectShape(
            name: "reload",
            fields: [
                FieldShape("signal", .text(.signal), "HUP, USR1, …"),
                FieldShape("pid_file", .text(.any), "The file with the process's number."),
                FieldShape("command", argv, "An argument list; no shell reads it."),
                FieldShape("http", call, "[METHOD] URL; 2xx is success."),
            ],
            exactlyOne: ["signal", "command", "http"]))

    static let confirm = Shape.object(
        ObjectShape(
            name: "confirm",
            fields: [
                FieldShape("command", argv, "Asked until it exits with 0."),
                FieldShape("http", call, "Asked until it answers 2xx."),
                FieldShape(
                    "restored", action,
                    "Asked instead when a rollback has put the file back. Default: the same."),
                FieldShape("timeout", .duration(minimum: .milliseconds(1)), "Default: 60s."),
            ],
            exactlyOne: ["command", "http"]))

    static let config = Shape.named(
        "config", .list(.object(configChange(confirmRequired: false)), minimum: 0))
    /// A cutover goes on only when the application has taken the change up.
    static let confirmedConfig = Shape.named(
        "confirmed_config", .list(.object(configChange(confirmRequired: true)), minimum: 0))

    private static func configChange(confirmRequired: Bool) -> ObjectShape {
        ObjectShape(
            name: "config",
            fields: [
                FieldShape("file", .text(.any), required: true, "The application's own file."),
                FieldShape(
                    "set", .map(.scalar), required: true, "What to change: {path.to.key: value}."),
                FieldShape("reload", reload, "How the application takes it up."),
                FieldShape(
                    "confirm", confirm, required: confirmRequired, "That it has taken it up."),
            ])
    }
}
