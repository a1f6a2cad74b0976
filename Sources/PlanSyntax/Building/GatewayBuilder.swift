import PlanCore
import YAML

struct GatewayBuilder {
    let issues: Issues

    func build(_ value: Value?) -> GatewaySettings {
        var settings = GatewaySettings()
        guard let value else { return settings }
        if let address = value["listen"]?.text.flatMap(HostPort.init) { settings.listen = address }
        if let address = value["admin"]?.text.flatMap(HostPort.init) { settings.admin = address }
        if let dialect = value["speak"]?.choice(GatewaySettings.Dialect.self) {
            settings.speak = dialect
        }
        if let expect = value["expect"]?.integer { settings.expect = expect }
        settings.token = value["token"]?.text.flatMap(SecretReference.init)
        settings.adminToken = value["admin_token"]?.text.flatMap(SecretReference.init)
        if let tls = value["tls"], let cert = tls["cert"]?.text, let key = tls["key"]?.text {
            settings.tls = GatewaySettings.TLS(
                certificate: cert, key: key, clientCA: tls["client_ca"]?.text)
        }
        if let plaintext = value["allow_plaintext"]?.flag { settings.allowPlaintext = plaintext }
        if let bound = value["follower_ack_max"]?.duration { settings.followerAckMax = bound }
        if let limits = value["limits"] { settings.limits = self.limits(limits) }
        check(settings, value)
        return settings
    }

    private func limits(_ value: Value) -> GatewayLimits {
        var limits = GatewayLimits()
        limits.connections = value["connections"]?.integer ?? limits.connections
        limits.bytesInFlight = value["bytes_in_flight"]?.integer ?? limits.bytesInFlight
        limits.body = value["body"]?.integer ?? limits.body
        limits.k = value["k"]?.integer ?? limits.k
        limits.headerDeadline = value["header_deadline"]?.duration ?? limits.headerDeadline
        limits.bodyDeadline = value["body_deadline"]?.duration ?? limits.bodyDeadline
        limits.requestDeadline = value["request_deadline"]?.duration ?? limits.requestDeadline
        limits.drainDelay = value["drain_delay"]?.duration ?? limits.drainDelay
        limits.idle = value["idle"]?.duration ?? limits.idle
        limits.drain = value["drain"]?.duration ?? limits.drain
        if limits.body > limits.bytesInFlight, let span = value.keySpan("body") {
            issues.error(
                "one body of \(limits.body) bytes is more than all that may be in flight",
                at: span, hint: "raise bytes_in_flight above it")
        }
        return limits
    }

    private func check(_ settings: GatewaySettings, _ value: Value) {
        checkPorts(settings, value)
        let open = ["listen", "admin"].filter { key in
            !(key == "listen" ? settings.listen : settings.admin).isLoopback
        }
        guard let key = open.first, let address = value[key] else { return }
        let text = address.text ?? ""
        if value["token"] == nil {
            issues.error(
                "'\(key): \(text)' is open to the network without a token", at: address.span,
                hint: "add token: env:NAME, or listen on 127.0.0.1")
        }
        if value["tls"] == nil, !settings.allowPlaintext {
            issues.error(
                "'\(key): \(text)' is open to the network without TLS", at: address.span,
                hint: "add tls: {cert: FILE, key: FILE}, or allow_plaintext: true")
        }
        if !settings.admin.isLoopback, value["admin_token"] == nil, let admin = value["admin"] {
            issues.error(
                "'admin: \(admin.text ?? "")' is open to the network without a token of its own",
                at: admin.span, hint: "add admin_token: env:NAME")
        }
    }

    private func checkPorts(_ settings: GatewaySettings, _ value: Value) {
        guard settings.listen.port == settings.admin.port, settings.listen.port != 0,
            let span = (value["admin"] ?? value["listen"])?.span
        else { return }
        issues.error(
            "listen and admin share the port \(settings.admin.port)", at: span,
            hint:
                "give admin a port of its own, such as \(settings.admin.port == 9464 ? 9465 : 9464)"
        )
    }
}
