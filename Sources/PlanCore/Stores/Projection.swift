/// Which parts of a record a read brings back.
package enum Projection: Hashable, Sendable {
    case full
    case idsOnly
    case withoutVectors
}
