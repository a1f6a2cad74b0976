import PlanCore

enum GatewayShape {
    static let gateway = ObjectShape(
        name: "gateway",
        fields: [
            FieldShape(
                "listen", .text(.address),
                "Where the application connects. Default: 127.0.0.1:6333."),
            FieldShape(
                "speak", .choice(GatewaySettings.Dialect.allCases.map(\.rawValue)),
                "The application's dialect. Default: native."),
            FieldShape(
                "admin", .text(.address),
                "Health, status and metrics. Default: 127.0.0.1:9464."),
            FieldShape(
                "expect", .integer(1...10_000),
                "How many gateways must be there before anything is switched. Default: 1."),
            FieldShape("token", .secret, "Required where an address is not loopback."),
            FieldShape("admin_token", .secret, "Required where admin is not loopback."),
            FieldShape("tls", .object(tls), "Required where an address is not loopback."),
            FieldShape(
                "allow_plaintext", .flag, "Listen beyond loopback without TLS. Default: false."),
            FieldShape(
                "follower_ack_max", .duration(minimum: .milliseconds(1)),
                "How long the follower may delay a client. Default: 1s."),
            FieldShape("limits", .object(limits), "What is taken before the gateway says no."),
        ],
        synonyms: ["dialect": "speak", "port": "listen", "address": "listen"])

    static let tls = ObjectShape(
        name: "tls",
        fields: [
            FieldShape("cert", .text(.any), required: true, "Certificate chain, PEM."),
            FieldShape("key", .text(.any), required: true, "Private key, PEM."),
            FieldShape("client_ca", .text(.any), "Clients must show a certificate of this one."),
        ])

    static let limits = ObjectShape(
        name: "limits",
        fields: [
            FieldShape("connections", .positive, "Default: 16384."),
            FieldShape("bytes_in_flight", .integer(1_024...1 << 40), "Default: 536870912."),
            FieldShape("body", .integer(1_024...1 << 32), "Bytes. Default: 33554432."),
            FieldShape("k", .positive, "Neighbours of one search. Default: 10000."),
            FieldShape("header_deadline", .duration(minimum: .milliseconds(1)), "Default: 10s."),
            FieldShape("body_deadline", .duration(minimum: .milliseconds(1)), "Default: 30s."),
            FieldShape("request_deadline", .duration(minimum: .milliseconds(1)), "Default: 60s."),
            FieldShape("idle", .duration(minimum: .milliseconds(1)), "Default: 60s."),
            FieldShape("drain", .duration(minimum: .zero), "Default: 20s."),
            FieldShape(
                "drain_delay", .duration(minimum: .zero),
                "How long /readyz says 503 before a stopping gateway accepts no more. Default: 0s."),
        ])
}
