import PlanCore

/// The whole file.
enum PlanShape {
    static let plan = ObjectShape(
        name: "plan",
        fields: [
            FieldShape(
                "plan", .integer(1...1), required: true, "Format version of this file: 1."),
            FieldShape("name", .text(.planName), required: true, "Names the run."),
            FieldShape("description", .text(.any), "For reviewers."),
            FieldShape(
                "state", .reference,
                "Folder of the run state, beside this file. Default: .plan. Also env:NAME."),
            FieldShape("source", StoreShapes.source, required: true, "Where the data is."),
            FieldShape("target", StoreShapes.target, required: true, "Where it goes."),
            FieldShape("mapping", .object(mapping), "What changes on the way. Default: nothing."),
            FieldShape("gateway", .object(GatewayShape.gateway), "Where the application connects."),
            FieldShape("notify", .list(.object(notification), minimum: 0), "Who is told of what."),
            FieldShape(
                "steps", .list(.step, minimum: 1), required: true, "What is done, in order."),
        ],
        synonyms: ["version": "plan", "from": "source", "to": "target", "src": "source"])

    static let mapping = ObjectShape(
        name: "mapping",
        fields: [
            FieldShape(
                "id", .forms(scalar: .choice(["keep", "uuid5"]), list: nil, mapping: uuid5),
                "keep (default), or uuid5: the original id is kept in the payload."),
            FieldShape("fields", .map(.text(.any)), "Payload fields to rename: {old: new}."),
            FieldShape(
                "drop", .list(.text(.any), minimum: 0),
                "Payload fields to drop at the point of no return."),
            FieldShape(
                "vectors", .map(.text(.vectorName)),
                "Vectors to rename: {old: new}; \"\" is the one without a name."),
            FieldShape(
                "types", .map(.choice(MappingRules.FieldType.allCases.map(\.rawValue))),
                "Payload fields to convert: {field: int|float|text|bool}."),
            FieldShape(
                "allow_loss",
                .list(.choice(PairFidelity.Loss.allCases.map(\.rawValue)), minimum: 0),
                "Losses of this pair of stores that are accepted, by name."),
        ],
        synonyms: ["rename": "fields"])

    static let uuid5 = Shape.object(
        ObjectShape(
            name: "id",
            fields: [
                FieldShape(
                    "uuid5", .text(.any), required: true,
                    "The payload field that keeps the original id. Default: original_id.")
            ]))

    static let notification = ObjectShape(
        name: "notify",
        fields: [
            FieldShape(
                "on", .list(.choice(NotificationRule.Event.allCases.map(\.rawValue)), minimum: 1),
                required: true, "When."),
            FieldShape("http", ActionShapes.call, "POST to this URL, or env:NAME."),
            FieldShape("command", ActionShapes.argv, "Run this argument list."),
        ],
        exactlyOne: ["http", "command"])
}
