import CMicrohttpd
import Synchronization

/// What the server's threads call. Lives as long as they do.
final class ServerCore: Sendable {
    typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

    let configuration: HTTPServerConfiguration
    private let handler: Handler
    private let currentLimits: Mutex<HTTPServerLimits>
    private let connections = Mutex<[ObjectIdentifier: ServerConnection]>([:])
    private let bytesInFlight = Atomic(0)
    private let bytesUntaken = Atomic(0)
    private let draining = Atomic(false)
    private let isEnding = Mutex(false)

    init(configuration: HTTPServerConfiguration, handler: @escaping Handler) {
        self.configuration = configuration
        self.handler = handler
        currentLimits = Mutex(configuration.limits)
    }

    var limits: HTTPServerLimits {
        get { currentLimits.withLock { $0 } }
        set { currentLimits.withLock { $0 = newValue } }
    }

    var isDraining: Bool { draining.load(ordering: .acquiring) }
    func beginDraining() { draining.store(true, ordering: .releasing) }

    var openConnections: [ServerConnection] { connections.withLock { Array($0.values) } }
    var connectionCount: Int { connections.withLock(\.count) }

    /// Requests that are under way are told so, and no connection is suspended from here on: the
    /// library ends the process where one is by the time it stops.
    func end() {
        isEnding.withLock { $0 = true }
        for connection in openConnections {
            let request = connection.state.withLock(\.request)
            connection.answer(configuration.errorBody(ServerCore.stopping), to: request)
        }
    }

    private static let stopping = HTTPRefusal(.stopping, "the server is stopping")

    // MARK: Called on the server's threads

    func opened(_ handle: OpaquePointer, _ socket: Int32) -> ServerConnection {
        let connection = ServerConnection(handle: handle, socket: socket)
        let count = connections.withLock { open in
            open[ObjectIdentifier(connection)] = connection
            return open.count
        }
        connection.isPastCap = count > limits.connections
        return connection
    }

    func closed(_ connection: ServerConnection) {
        connection.state.withLock { state in
            state.isOpen = false
            state.isSuspended = false
        }
        finished(connection)
        connections.withLock { $0[ObjectIdentifier(connection)] = nil }
    }

    func finished(_ connection: ServerConnection) {
        connection.forgetRequest()
        bytesInFlight.subtract(connection.reserved, ordering: .relaxed)
        connection.reserved = 0
        bytesUntaken.subtract(connection.untaken, ordering: .relaxed)
        connection.untaken = 0
        connection.enter(.waiting)
    }

    func call(
        _ connection: ServerConnection, method: String, version: String,
        data: UnsafeRawBufferPointer
    ) -> cm_action {
        guard connection.head != nil else { return begin(connection, method, version) }
        if !data.isEmpty { return take(data, connection) }
        if let answer = connection.takeAnswer() { return give(answer, connection) }
        if let refusal = connection.refusal { return refuse(refusal, connection) }
        let isWhole = connection.state.withLock { $0.phase } == .receiving
        if isWhole, !handle(connection) { return refuse(ServerCore.stopping, connection) }
        return CM_CONTINUE
    }

    private func begin(
        _ connection: ServerConnection, _ method: String, _ version: String
    ) -> cm_action {
        let fields = connection.fields()
        let check = RequestCheck(
            method: method, target: connection.target, version: version,
            size: cm_head_size(connection.handle), headers: fields)
        var headers = HTTPHeaders()
        for (name, value, _) in fields {
            headers.add(name.lowercased(), String(decoding: value, as: UTF8.self))
        }
        guard let target = HTTPTarget(connection.target) ?? HTTPTarget("/") else {
            return CM_CLOSE
        }
        let head = HTTPRequest(method: method, target: target, headers: headers)
        connection.head = head
        connection.enter(.receiving)
        do throws(HTTPRefusal) {
            if HTTPTarget(connection.target) == nil {
                throw HTTPRefusal(.malformed, "the request's path cannot be read")
            }
            let framing = try check.framing(headerLimit: limits.headers)
            if let answer = configuration.screen(head) {
                return respond(answer, connection, closing: true)
            }
            try admit(connection, framing)
            return CM_CONTINUE
        } catch {
            return refuse(error, connection)
        }
    }

    private func admit(
        _ connection: ServerConnection, _ framing: RequestCheck.Framing
    ) throws(HTTPRefusal) {
        if configuration.tls?.clientAuthority != nil, cm_peer_is_trusted(connection.handle) == 0 {
            throw HTTPRefusal(.untrusted, "no client certificate that is trusted here")
        }
        if connection.isPastCap {
            if connectionCount > limits.connections {
                throw HTTPRefusal(.busy, "too many connections")
            }
            connection.isPastCap = false
        }
        guard case .length(let length) = framing else { return }
        if length > limits.body { throw tooLarge }
        if !reserve(length, connection) { throw ServerCore.tooMuch }
        connection.body.reserveCapacity(min(length, 1 << 20))
    }

    private static let tooMuch = HTTPRefusal(.busy, "too many bytes of requests under way")
    private static let tooMuchUntaken = HTTPRefusal(
        .busy, "too many bytes of answers wait for clients to take them")

    private var tooLarge: HTTPRefusal {
        HTTPRefusal(.tooLarge, "the body has more than \(limits.body) bytes")
    }

    private func reserve(_ bytes: Int, _ connection: ServerConnection) -> Bool {
        guard bytesInFlight.add(bytes, ordering: .relaxed).newValue <= limits.bytesInFlight else {
            bytesInFlight.subtract(bytes, ordering: .relaxed)
            return false
        }
        connection.reserved += bytes
        return true
    }

    /// The handler's answer is held for as long as the client takes. Who asks for much pays for
    /// clients that take nothing; what is small goes through, and no write has a large answer.
    private func give(_ answer: HTTPResponse, _ connection: ServerConnection) -> cm_action {
        let bytes = answer.body.count
        let total = bytesUntaken.add(bytes, ordering: .relaxed).newValue
        guard total <= limits.bytesInFlight || bytes <= HTTPServerLimits.smallAnswer else {
            bytesUntaken.subtract(bytes, ordering: .relaxed)
            return refuse(ServerCore.tooMuchUntaken, connection)
        }
        connection.untaken = bytes
        return respond(answer, connection)
    }

    private func take(
        _ data: UnsafeRawBufferPointer, _ connection: ServerConnection
    ) -> cm_action {
        connection.received += data.count
        connection.state.withLock { $0.bytes += data.count }
        if connection.refusal == nil {
            if connection.received > limits.body {
                connection.refusal = tooLarge
            } else if connection.received > connection.reserved,
                !reserve(connection.received - connection.reserved, connection)
            {
                connection.refusal = ServerCore.tooMuch
            }
        }
        if connection.refusal == nil {
            connection.body.append(contentsOf: data)
        } else {
            // The answer can only be given after the body: what is left of it is read and thrown
            // away, within reason.
            connection.body = []
            if connection.received > 2 * limits.body { return CM_CLOSE }
        }
        return CM_CONTINUE
    }

    /// False where the server ends.
    private func handle(_ connection: ServerConnection) -> Bool {
        guard let request = connection.takeRequest() else { return true }
        let handler = handler
        return isEnding.withLock { isEnding in
            if isEnding { return false }
            connection.enter(.handling)
            cm_suspend(connection.handle)
            connection.state.withLock { state in
                state.isSuspended = true
                let number = state.request
                state.task = Task {
                    let response = await handler(request)
                    connection.answer(response, to: number)
                }
            }
            return true
        }
    }

    private func refuse(_ refusal: HTTPRefusal, _ connection: ServerConnection) -> cm_action {
        var response = configuration.errorBody(refusal)
        response.headers.set("Connection", "close")
        if refusal.status == 503 {
            response.headers.set(
                "Retry-After", String(max(1, limits.retryAfter.components.seconds)))
        }
        return respond(response, connection)
    }

    /// libmicrohttpd closes after an answer to the head alone, body or none: `closing` says so.
    private func respond(
        _ response: HTTPResponse, _ connection: ServerConnection, closing: Bool = false
    ) -> cm_action {
        connection.enter(.answering)
        connection.state.withLock { $0.bytes = response.body.count }
        var fields = response.headers.fields.filter { field in
            !["content-length", "transfer-encoding"].contains(field.name.lowercased())
        }
        if isDraining || closing, response.headers["connection"] == nil {
            fields.append(("Connection", "close"))
        }
        return connection.queue(status: response.status, fields: fields, body: response.body)
            ? CM_CONTINUE : CM_CLOSE
    }
}

extension ServerConnection {
    /// The body moves into the request; it is not copied.
    fileprivate func takeRequest() -> HTTPRequest? {
        guard var request = head else { return nil }
        swap(&request.body, &body)
        return request
    }

    /// The request's header fields as they came.
    fileprivate func fields() -> [RequestCheck.Field] {
        final class Found { var list: [RequestCheck.Field] = [] }
        let found = Found()
        cm_each_header(handle, Unmanaged.passUnretained(found).toOpaque()) {
            context, name, value, length, blanks in
            guard let context, let name, let value else { return }
            let bytes = UnsafeRawBufferPointer(start: value, count: length)
            Unmanaged<Found>.fromOpaque(context).takeUnretainedValue()
                .list.append((String(cString: name), Array(bytes), blanks))
        }
        return found.list
    }

    fileprivate func queue(
        status: Int, fields: [(name: String, value: String)], body: [UInt8]
    ) -> Bool {
        let texts = fields.map { (Array($0.name.utf8CString), Array($0.value.utf8CString)) }
        var list: [cm_header] = []
        func withFields(_ index: Int, _ body: () -> Bool) -> Bool {
            guard index < texts.count else { return body() }
            return texts[index].0.withUnsafeBufferPointer { name in
                texts[index].1.withUnsafeBufferPointer { value in
                    list.append(cm_header(name: name.baseAddress, value: value.baseAddress))
                    return withFields(index + 1, body)
                }
            }
        }
        return withFields(0) {
            body.withUnsafeBytes { bytes in
                cm_respond(
                    handle, UInt32(clamping: status), bytes.baseAddress, bytes.count, list,
                    list.count) != 0
            }
        }
    }
}
