import PlanCore
import YAML

/// `command:`, `http:` and what is made of them.
enum ActionBuilder {
    /// - Parameter method: of a call that names none.
    static func action(_ value: Value, method: String) -> ExternalAction? {
        if let command = value["command"] {
            return command.texts.isEmpty ? nil : .command(command.texts)
        }
        return value["http"]?.text.flatMap { HTTPCallText.parse($0, method: method) }
            .map(ExternalAction.http)
    }
}

/// Changes of the application's own configuration.
struct ConfigBuilder {
    let issues: Issues

    func build(_ value: Value?) -> [ConfigChange] {
        (value?.list ?? []).compactMap(change)
    }

    private func change(_ value: Value) -> ConfigChange? {
        guard let file = value["file"]?.text, let set = value["set"] else { return nil }
        let settings = (set.fields ?? []).compactMap { key, value in setting(key, value) }
        if settings.isEmpty, (set.fields ?? []).isEmpty {
            issues.error(
                "'set' changes nothing", at: value.keySpan("set") ?? set.span,
                hint: "write set: {path.to.key: value}")
        }
        var change = ConfigChange(file: file, set: settings)
        change.line = issues.line(of: value.span)
        change.reload = value["reload"].flatMap(reload)
        if let confirm = value["confirm"],
            let action = ActionBuilder.action(confirm, method: "GET")
        {
            change.confirm = ConfigChange.Confirm(action: action)
            change.confirm?.restored = confirm["restored"]
                .flatMap { ActionBuilder.action($0, method: "GET") }
            if let timeout = confirm["timeout"]?.duration { change.confirm?.timeout = timeout }
        }
        return change
    }

    private func setting(_ key: YAMLNode, _ value: Value) -> ConfigChange.Setting? {
        let path = (key.scalar?.text ?? "").split(separator: ".", omittingEmptySubsequences: false)
        guard path.allSatisfy({ !$0.isEmpty }), let text = value.text else {
            issues.error(
                "'\(key.scalar?.text ?? "")' is not a path of keys", at: key.span,
                hint: "write it as section.key")
            return nil
        }
        return ConfigChange.Setting(
            path: path.map(String.init), value: text,
            isPlain: value.node.scalar?.style == .plain)
    }

    private func reload(_ value: Value) -> ConfigChange.Reload? {
        if let signal = value["signal"]?.text {
            guard let pidFile = value["pid_file"]?.text else {
                issues.error(
                    "'signal' needs a 'pid_file'", at: value.keySpan("signal") ?? value.span,
                    hint: "add pid_file: /run/NAME.pid")
                return nil
            }
            return .signal(signal, pidFile: pidFile)
        }
        if let span = value.keySpan("pid_file") {
            issues.error("'pid_file' needs a 'signal'", at: span, hint: "add signal: HUP")
        }
        return ActionBuilder.action(value, method: "POST").map(ConfigChange.Reload.action)
    }
}
