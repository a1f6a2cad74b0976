import CMicrohttpd
import Glibc
import Synchronization

/// Looks at the deadlines four times a second, on a thread of its own.
final class ServerWatchThread: Sendable {
    private final class Loop: Sendable {
        let watch: ServerWatch
        let isStopped = Atomic(false)

        init(_ watch: ServerWatch) { self.watch = watch }

        func run() {
            while !isStopped.load(ordering: .acquiring) {
                usleep(250_000)
                watch.look()
            }
        }
    }

    private let loop: Loop

    init(_ watch: ServerWatch) {
        loop = Loop(watch)
        Threads.start { [loop] in loop.run() }
    }

    func stop() { loop.isStopped.store(true, ordering: .releasing) }
}

/// Ends the server's threads, which blocks, and keeps alive until then what they call.
struct StopHandle: @unchecked Sendable {
    let server: OpaquePointer
    let core: ServerCore

    func stop(_ done: @escaping @Sendable () -> Void) {
        Threads.start {
            cm_stop(server)
            withExtendedLifetime(core) {}
            done()
        }
    }
}

enum Threads {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Body(run)).toOpaque())
        precondition(code == 0, "no thread could be started: \(code)")
        pthread_detach(thread)
    }
}
