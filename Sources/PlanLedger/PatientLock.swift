import Dispatch
import Glibc
import PlanCore
import Synchronization

/// A lock that is waited for in the kernel's queue, but not for ever: who has it may be stopped.
///
/// A call into the kernel cannot be given up, so a thread of its own makes it. Where that one comes
/// too late it lets the lock go again, or serves who waits by then.
///
/// Invariant: while that thread waits nobody else here touches the lock: to the kernel both are one.
final class PatientLock: Sendable {
    private struct State {
        var isAsking = false
        var isWanted = false
        var isBroken = false
    }

    private let lock: FileLock
    private let state = Mutex(State())
    private let given = DispatchSemaphore(value: 0)

    /// nil where the file cannot be made.
    init?(path: String) {
        guard let lock = FileLock(path: path) else { return nil }
        self.lock = lock
    }

    /// Who has it, as far as the kernel tells: process numbers of this machine.
    var holders: [Int32] { lock.holders }

    func unlock() { lock.unlock() }

    /// False where it was not to be had in that time. One caller at a time.
    func lock(within limit: Duration) -> Bool {
        let (hasIt, asks) = state.withLock { state -> (Bool, Bool) in
            if !state.isAsking, lock.tryLock() { return (true, false) }
            state.isWanted = true
            defer { state.isAsking = true }
            return (false, !state.isAsking)
        }
        if hasIt { return true }
        if asks, !startAsking() {
            state.withLock { $0 = State() }
            return false
        }
        let isTold = given.wait(timeout: .now() + limit.seconds) == .success
        let (isAnswered, isBroken) = state.withLock { state in
            defer { state.isWanted = false }
            return (!state.isWanted, state.isBroken)
        }
        // The answer came in that very moment.
        if isAnswered, !isTold { given.wait() }
        return isAnswered && !isBroken
    }

    /// False where no thread is to be had.
    private func startAsking() -> Bool {
        let context = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context {
                    Unmanaged<PatientLock>.fromOpaque(context).takeRetainedValue().ask()
                }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func ask() {
        let hasIt = lock.lock()
        state.withLock { state in
            state.isAsking = false
            state.isBroken = !hasIt
            if state.isWanted {
                state.isWanted = false
                given.signal()
            } else if hasIt {
                lock.unlock()
            }
        }
    }
}
