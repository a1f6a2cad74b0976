import CCurl

/// HTTP/1.1 (or 2) requests over kept connections, by libcurl on one thread of its own.
///
/// One client serves any number of tasks at once. `close`, or the last reference going away, ends
/// what is still under way.
package final class HTTPClient: Sendable {
    private let loop: TransferLoop

    package init(configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        loop = TransferLoop(configuration: configuration)
        loop.start()
    }

    deinit { loop.close() }

    package func close() { loop.close() }

    /// Every answer of the server is an answer, whatever its status. Cancelling the task abandons
    /// the request: then the error's `isDefinite` says whether any of it left.
    package func send(_ request: HTTPClientRequest) async throws(HTTPClientError)
        -> HTTPClientResponse
    {
        try request.check()
        let transfer = Transfer(request: request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.wait(continuation)
                loop.add(transfer)
            }
        } onCancel: {
            loop.cancel(transfer)
        }
        transfer.takeOver()
        return try result.get()
    }

    package func request(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], deadline: Duration = .seconds(10), isRepeatable: Bool? = nil
    ) async throws(HTTPClientError) -> HTTPClientResponse {
        var request = HTTPClientRequest(method, url)
        request.headers = headers
        request.body = body
        request.deadline = deadline
        if let isRepeatable { request.isRepeatable = isRepeatable }
        return try await send(request)
    }
}
