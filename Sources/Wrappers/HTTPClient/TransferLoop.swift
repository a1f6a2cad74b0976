import CCurl
import Glibc
import Synchronization

/// The thread on which all of libcurl happens. Other threads leave commands and wake it.
///
/// Invariant: every transfer that was added is finished exactly once: answered, failed, abandoned
/// or, when the loop closes, abandoned.
final class TransferLoop: @unchecked Sendable {
    private enum Command {
        case add(Transfer)
        case cancel(Transfer)
    }

    private struct Mailbox {
        var commands: [Command] = []
        var isClosed = false
        /// The thread has ended: nobody may wake it after.
        var isGone = false
    }

    private static let isReady = cc_global_init() == 0

    private let configuration: HTTPClientConfiguration
    private let mailbox = Mutex(Mailbox())
    private let multi: UnsafeMutableRawPointer
    // On the thread alone.
    private var running: [ObjectIdentifier: Transfer] = [:]
    private var idleHandles: [UnsafeMutableRawPointer] = []
    private let budget: AnswerBudget

    init(configuration: HTTPClientConfiguration) {
        precondition(TransferLoop.isReady, "libcurl could not be set up")
        guard let multi = curl_multi_init() else { preconditionFailure("no memory for libcurl") }
        self.configuration = configuration
        budget = AnswerBudget(configuration)
        self.multi = multi
        cc_multi_set_long(
            multi, CURLMOPT_MAX_HOST_CONNECTIONS, max(1, configuration.connectionsPerHost))
        cc_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(1, configuration.idleConnections))
        cc_multi_set_long(multi, CURLMOPT_PIPELINING, 0)
    }

    func start() {
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<TransferLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(code == 0, "no thread could be started: \(code)")
        pthread_detach(thread)
    }

    func add(_ transfer: Transfer) {
        if !post(.add(transfer)) { transfer.abandon() }
    }

    /// May come before the transfer does.
    func cancel(_ transfer: Transfer) {
        transfer.markCancelled()
        _ = post(.cancel(transfer))
    }

    func close() {
        mailbox.withLock { mailbox in
            mailbox.isClosed = true
            if !mailbox.isGone { curl_multi_wakeup(multi) }
        }
    }

    /// False where the loop is closed.
    private func post(_ command: Command) -> Bool {
        mailbox.withLock { mailbox in
            guard !mailbox.isClosed else { return false }
            mailbox.commands.append(command)
            // The thread looks at its commands after it was woken: one call for a burst.
            if mailbox.commands.count == 1 { curl_multi_wakeup(multi) }
            return true
        }
    }

    // MARK: On the thread

    private func run() {
        while true {
            let (commands, isClosed) = mailbox.withLock { mailbox in
                defer { mailbox.commands = [] }
                return (mailbox.commands, mailbox.isClosed)
            }
            for command in commands { obey(command) }
            if isClosed { break }
            var active: Int32 = 0
            curl_multi_perform(multi, &active)
            collect()
            curl_multi_poll(multi, nil, 0, 10_000, nil)
        }
        finish()
    }

    private func obey(_ command: Command) {
        switch command {
        case .add(let transfer):
            guard !transfer.wasCancelled, let easy = idleHandles.popLast() ?? curl_easy_init()
            else {
                transfer.abandon()
                return
            }
            transfer.prepare(easy, configuration, budget)
            running[ObjectIdentifier(transfer)] = transfer
            curl_multi_add_handle(multi, easy)
        case .cancel(let transfer):
            guard running[ObjectIdentifier(transfer)] != nil else { return }
            transfer.abandon()
            remove(transfer)
        }
    }

    private func collect() {
        var code = CURLE_OK
        while let easy = cc_multi_finished(multi, &code) {
            guard let context = cc_info_private(easy) else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            transfer.completed(code)
            remove(transfer)
        }
    }

    private func remove(_ transfer: Transfer) {
        guard running.removeValue(forKey: ObjectIdentifier(transfer)) != nil,
            let easy = transfer.easy
        else { return }
        transfer.release()
        curl_multi_remove_handle(multi, easy)
        curl_easy_reset(easy)
        if idleHandles.count < 64 { idleHandles.append(easy) } else { curl_easy_cleanup(easy) }
    }

    private func finish() {
        let late = mailbox.withLock { mailbox in
            defer { mailbox.commands = [] }
            mailbox.isGone = true
            return mailbox.commands
        }
        for case .add(let transfer) in late { transfer.abandon() }
        for transfer in Array(running.values) {
            transfer.abandon()
            remove(transfer)
        }
        for easy in idleHandles { curl_easy_cleanup(easy) }
        curl_multi_cleanup(multi)
    }
}
