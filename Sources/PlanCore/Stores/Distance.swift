/// How a store measures similarity. As a *distance*: smaller is nearer, in every metric.
///
/// cosine: 1 − a·b/(|a||b|) · l2: |a − b| (not squared) · inner product: −a·b ·
/// manhattan: Σ|aᵢ − bᵢ|.
package enum Distance: String, Hashable, Sendable, CaseIterable {
    case cosine
    case l2
    case innerProduct = "inner_product"
    case manhattan
}
