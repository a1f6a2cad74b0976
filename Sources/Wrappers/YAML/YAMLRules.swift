/// What a document may use and how large it may be.
package struct YAMLRules: Hashable, Sendable {
    package var allowsAnchors: Bool
    package var allowsTags: Bool
    package var byteLimit = 1 << 20
    package var depthLimit = 64

    /// For our own files: one way to say a thing.
    package static let strict = YAMLRules(allowsAnchors: false, allowsTags: false)
    /// For other people's files, read to edit single values in place.
    package static let config = YAMLRules(allowsAnchors: true, allowsTags: true)
}
