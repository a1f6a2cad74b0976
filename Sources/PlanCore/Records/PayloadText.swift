/// A payload as the JSON object's text that a store held, for which nobody has asked for a value
/// yet: a copy that changes nothing carries it from store to store as it is.
///
/// Whoever makes one vouches that the text is plain: an object of UTF-8 whose every reader finds
/// the same in it. Field names are told apart by ASCII bytes and none comes twice, no text holds
/// NUL, every number is one that 64 bits or a double hold without loss, nesting ends at 64.
package struct PayloadText: Sendable {
    package static let depthLimit = 64

    package let bytes: [UInt8]
    private let read: @Sendable ([UInt8]) -> JSONObject

    package init(plain bytes: [UInt8], _ read: @escaping @Sendable ([UInt8]) -> JSONObject) {
        self.bytes = bytes
        self.read = read
    }

    /// Read anew each time.
    package var fields: JSONObject { read(bytes) }
}
