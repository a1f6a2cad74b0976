import CMicrohttpd

/// The C functions that lead back into `ServerCore`.
enum ServerCallbacks {
    /// What the threads hold of a connection.
    private final class Link {
        let core: ServerCore
        let connection: ServerConnection

        init(_ core: ServerCore, _ connection: ServerConnection) {
            self.core = core
            self.connection = connection
        }
    }

    /// The core is kept alive by whoever stops the server.
    static func table(context core: ServerCore) -> cm_callbacks {
        cm_callbacks(
            context: Unmanaged.passUnretained(core).toOpaque(),
            opened: { context, handle, socket in
                guard let context, let handle else { return nil }
                let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
                let link = Link(core, core.opened(handle, socket))
                return Unmanaged.passRetained(link).toOpaque()
            },
            closed: { object in
                guard let object else { return }
                let link = Unmanaged<Link>.fromOpaque(object).takeRetainedValue()
                link.core.closed(link.connection)
            },
            line: { object, target in
                guard let object, let target else { return }
                let link = Unmanaged<Link>.fromOpaque(object).takeUnretainedValue()
                link.connection.target = String(cString: target)
                link.connection.enter(.heading)
            },
            request: { object, method, version, data, size in
                guard let object, let method, let version else { return CM_CLOSE }
                let link = Unmanaged<Link>.fromOpaque(object).takeUnretainedValue()
                return link.core.call(
                    link.connection, method: String(cString: method),
                    version: String(cString: version),
                    data: UnsafeRawBufferPointer(start: data, count: size))
            },
            completed: { object in
                guard let object else { return }
                let link = Unmanaged<Link>.fromOpaque(object).takeUnretainedValue()
                link.core.finished(link.connection)
            })
    }
}
