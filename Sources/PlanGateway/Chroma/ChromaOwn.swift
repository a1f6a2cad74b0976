import Hash
import JSON
import PlanCore
import Synchronization

/// Under which ids the application knows the collection that moves: Chroma's clients ask for it by
/// the id that its server gave it, and go on with that after the collection has moved on. A write
/// by an id that is taken for another's would pass by unseen.
final class ChromaOwn: Sendable {
    private struct Known {
        var name: String?
        /// Normal; the one that clients are told is the last.
        var ids: [String]
        /// The collection as its server described it last.
        var model: [UInt8]?
        var looked: Duration?
    }

    /// How old it may be that an id is another's.
    private static let age = Duration.seconds(5)

    private let known: Mutex<Known>

    /// - Parameter ids: as the server spelled them.
    init(_ ids: [String]) {
        known = Mutex(Known(ids: ids.compactMap(ChromaOwn.normal)))
    }

    func note(name: String) { known.withLock { $0.name = name } }

    /// By bytes: to the server é and e + ´ are two names.
    func isNamed(_ name: String) -> Bool {
        known.withLock { $0.name?.utf8.elementsEqual(name.utf8) ?? false }
    }

    func contains(_ id: String) -> Bool {
        guard let id = ChromaOwn.normal(id) else { return false }
        return known.withLock { $0.ids.contains(id) }
    }

    /// As the server spells it; nil where none is known yet.
    var current: String? { known.withLock { $0.ids.last }.map(ChromaOwn.spelled) }
    var model: [UInt8]? { known.withLock { $0.model } }

    func isFresh(_ now: Duration) -> Bool {
        known.withLock { known in known.looked.map { now - $0 < ChromaOwn.age } ?? false }
    }

    func note(looked now: Duration) { known.withLock { $0.looked = now } }

    /// - Parameter model: the server's description of the collection.
    func note(model: [UInt8]) {
        guard let id = (try? JSONDocument.parse(model))?.root["id"]?.string,
            let normal = ChromaOwn.normal(id)
        else { return }
        known.withLock { known in
            known.model = model
            known.ids.removeAll { $0 == normal }
            known.ids.append(normal)
        }
    }

    /// An id of our own, the same in each gateway, where no server ever gave one.
    func noteDerived(_ name: String) {
        // 0d6c7f52-4a1e-5b0c-9f0a-c0ffee5fade1
        let id = UUID5.make(
            namespace: [
                0x0d, 0x6c, 0x7f, 0x52, 0x4a, 0x1e, 0x5b, 0x0c, 0x9f, 0x0a, 0xc0, 0xff, 0xee,
                0x5f, 0xad, 0xe1,
            ], name: name)
        known.withLock { known in
            if known.ids.isEmpty { known.ids = [ChromaOwn.normal(id) ?? id] }
        }
    }

    /// 32 hexadecimal digits, lowercase, of any spelling of a UUID that a server takes; nil where it
    /// is none.
    static func normal(_ text: String) -> String? {
        var text = text.lowercased()
        if text.hasPrefix("urn:uuid:") { text.removeFirst("urn:uuid:".count) }
        text.removeAll { "-{}".contains($0) }
        return text.utf8.count == 32 && text.allSatisfy(\.isHexDigit) ? text : nil
    }

    /// `8-4-4-4-12`
    private static func spelled(_ normal: String) -> String {
        var text = normal
        for offset in [20, 16, 12, 8] {
            text.insert("-", at: text.index(text.startIndex, offsetBy: offset))
        }
        return text
    }
}
