/// What a collection asks of one of its vectors.
package struct VectorSpec: Hashable, Sendable {
    package enum Element: String, Hashable, Sendable {
        case float32, float16
    }

    /// `Record.defaultVector` for a single unnamed one.
    package var name: String
    /// Entries; 0 for a sparse vector.
    package var dimension: Int
    package var distance: Distance
    package var element: Element
    package var isSparse: Bool
    /// As `CollectionDescription.settings`.
    package var settings: JSONObject = [:]

    package init(
        name: String = Record.defaultVector, dimension: Int, distance: Distance,
        element: Element = .float32, isSparse: Bool = false
    ) {
        self.name = name
        self.dimension = dimension
        self.distance = distance
        self.element = element
        self.isSparse = isSparse
    }
}
