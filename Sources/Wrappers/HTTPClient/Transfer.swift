import CCurl
import Synchronization

typealias TransferResult = Result<HTTPClientResponse, HTTPClientError>

/// One request on its way. All but the continuation belongs to the loop's thread.
final class Transfer: @unchecked Sendable {
    private let request: HTTPClientRequest
    private let continuation = Mutex<CheckedContinuation<TransferResult, Never>?>(nil)

    private let isCancelled = Atomic(false)

    private(set) var easy: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var bodySent = 0
    private var limit = 0
    private var budget: AnswerBudget?
    /// Why no more of the answer was taken.
    private var excess: String?
    private var headers: [(name: String, value: String)] = []
    private var body: [UInt8] = []
    private let failure = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init(request: HTTPClientRequest) {
        self.request = request
        failure.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_slist_free_all(headerList)
        failure.deallocate()
    }

    func wait(_ waiter: CheckedContinuation<TransferResult, Never>) {
        continuation.withLock { $0 = waiter }
    }

    var wasCancelled: Bool { isCancelled.load(ordering: .acquiring) }
    func markCancelled() { isCancelled.store(true, ordering: .releasing) }

    func finish(_ result: TransferResult) {
        let waiter = continuation.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume(returning: result)
    }

    /// After the wait. Resuming a task hands memory over, too, but out of ThreadSanitizer's sight.
    func takeOver() { continuation.withLock { _ in } }

    // MARK: On the loop's thread

    func prepare(
        _ easy: UnsafeMutableRawPointer, _ configuration: HTTPClientConfiguration,
        _ budget: AnswerBudget
    ) {
        self.easy = easy
        self.budget = budget
        limit = request.responseLimit ?? configuration.responseLimit
        cc_set_string(easy, CURLOPT_URL, request.url)
        cc_set_pointer(easy, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())
        cc_set_pointer(easy, CURLOPT_ERRORBUFFER, failure)
        cc_set_long(easy, CURLOPT_NOSIGNAL, 1)
        cc_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        cc_set_long(easy, CURLOPT_HTTP_VERSION, httpVersion(configuration.version))
        if configuration.version == .two {
            cc_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
            cc_set_long(easy, CURLOPT_FORBID_REUSE, 1)
        }
        cc_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, request.deadline.wholeMilliseconds))
        cc_set_long(
            easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, configuration.connectDeadline.wholeMilliseconds)
        )
        cc_set_long(easy, CURLOPT_MAXAGE_CONN, configuration.idleMaximum.wholeMilliseconds / 1_000)
        cc_set_string(easy, CURLOPT_USERAGENT, configuration.userAgent)
        if !configuration.usesEnvironmentProxy { cc_set_string(easy, CURLOPT_PROXY, "") }
        prepareTLS(easy, configuration.tls)
        prepareMethod(easy)
        prepareHeaders(easy)
        let context = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        cc_set_data_callback(easy, CURLOPT_WRITEFUNCTION, Transfer.onBody)
        cc_set_pointer(easy, CURLOPT_WRITEDATA, context)
        cc_set_data_callback(easy, CURLOPT_HEADERFUNCTION, Transfer.onHeader)
        cc_set_pointer(easy, CURLOPT_HEADERDATA, context)
    }

    private func httpVersion(_ version: HTTPClientConfiguration.Version) -> Int {
        switch version {
        case .one: Int(CURL_HTTP_VERSION_1_1)
        case .two where request.url.lowercased().hasPrefix("https:"):
            Int(CURL_HTTP_VERSION_2TLS)
        case .two: Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
        }
    }

    private func prepareTLS(
        _ easy: UnsafeMutableRawPointer, _ tls: HTTPClientConfiguration.TLS
    ) {
        if let authorities = tls.authorities { cc_set_string(easy, CURLOPT_CAINFO, authorities) }
        if let certificate = tls.certificate { cc_set_string(easy, CURLOPT_SSLCERT, certificate) }
        if let key = tls.key { cc_set_string(easy, CURLOPT_SSLKEY, key) }
        cc_set_long(easy, CURLOPT_SSL_VERIFYPEER, tls.verifiesServer ? 1 : 0)
        cc_set_long(easy, CURLOPT_SSL_VERIFYHOST, tls.verifiesServer ? 2 : 0)
    }

    /// libcurl sends a request anew, whatever its method, when a kept connection is closed under
    /// it. It cannot where the body comes from a callback that it may not rewind.
    private func prepareMethod(_ easy: UnsafeMutableRawPointer) {
        switch request.method {
        case "GET" where request.body.isEmpty: break
        case "HEAD": cc_set_long(easy, CURLOPT_NOBODY, 1)
        default:
            if !request.body.isEmpty || request.method == "POST" {
                cc_set_long(easy, CURLOPT_POST, 1)
                cc_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, Int64(request.body.count))
                if request.body.isEmpty {
                    cc_set_string(easy, CURLOPT_COPYPOSTFIELDS, "")
                } else if request.isRepeatable {
                    request.body.withUnsafeBytes {
                        _ = cc_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
                    }
                } else {
                    cc_set_data_callback(easy, CURLOPT_READFUNCTION, Transfer.onRead)
                    cc_set_pointer(
                        easy, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
                }
            }
            cc_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private func prepareHeaders(_ easy: UnsafeMutableRawPointer) {
        var list: UnsafeMutablePointer<curl_slist>?
        list = curl_slist_append(list, "Expect:")
        for (name, value) in request.headers {
            // "Name;" is how libcurl is told of a header with an empty value.
            list = curl_slist_append(list, value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        headerList = list
        cc_set_pointer(easy, CURLOPT_HTTPHEADER, list)
    }

    func completed(_ code: CURLcode) {
        guard let easy, code != CURLE_OK else {
            let status = easy.map { cc_info_long($0, CURLINFO_RESPONSE_CODE) } ?? 0
            finish(
                .success(HTTPClientResponse(status: status, headers: headers, body: body)))
            return
        }
        let said = String(cString: failure)
        let message = excess ?? (said.isEmpty ? String(cString: curl_easy_strerror(code)) : said)
        let isUnsent = sentNothing(easy)
        var kind: HTTPClientError.Kind = excess != nil ? .tooLarge : .init(code)
        // It was a request, and what was answered is no HTTP that libcurl would take.
        if kind == .invalid, !isUnsent { kind = .garbled }
        finish(.failure(HTTPClientError(kind: kind, message: message, isDefinite: isUnsent)))
    }

    func abandon() {
        finish(
            .failure(
                HTTPClientError(
                    kind: .cancelled, message: "the request was abandoned",
                    isDefinite: easy.map(sentNothing) ?? true)))
    }

    /// libcurl counts a request's bytes as it hands them to the system.
    private func sentNothing(_ easy: UnsafeMutableRawPointer) -> Bool {
        cc_info_long(easy, CURLINFO_REQUEST_SIZE) == 0
    }

    private typealias DataCallback =
        @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int

    private static let onBody: DataCallback = { data, size, count, context in
        guard let data, let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
        return transfer.take(body: bytes) ? bytes.count : 0
    }

    private func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        let size = body.count + bytes.count
        guard size <= limit else {
            excess = "the answer has more than \(limit) bytes"
            return false
        }
        guard budget?.take(bytes.count, of: size) ?? true else {
            excess = "too many bytes of answers are under way at once"
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    /// Once it is over: what it holds is whose answer it is.
    func release() {
        budget?.give(back: body.count)
        budget = nil
    }

    private static let onRead: DataCallback = { buffer, size, count, context in
        guard let buffer, let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        let rest = transfer.request.body[transfer.bodySent...].prefix(size * count)
        UnsafeMutableRawBufferPointer(start: buffer, count: size * count).copyBytes(from: rest)
        transfer.bodySent += rest.count
        return rest.count
    }

    private static let onHeader: DataCallback = { data, size, count, context in
        guard let data, let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
        transfer.take(header: String(decoding: bytes, as: UTF8.self))
        return bytes.count
    }

    private func take(header line: String) {
        if line.hasPrefix("HTTP/") {
            headers = []
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let end = value.lastIndex { !$0.isWhitespace }
            headers.append(
                (line[..<colon].lowercased(), end.map { String(value[...$0]) } ?? ""))
        }
    }
}

extension HTTPClientError.Kind {
    init(_ code: CURLcode) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
            self = .unreachable
        case CURLE_OPERATION_TIMEDOUT: self = .timeout
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE,
            CURLE_SEND_FAIL_REWIND, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            self = .disconnected
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
            self = .tls
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: self = .garbled
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: self = .invalid
        default: self = .other
        }
    }
}

extension Duration {
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
