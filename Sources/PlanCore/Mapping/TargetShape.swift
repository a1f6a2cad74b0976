/// What the target of a plan shall look like, given its source.
package enum TargetShape {
    package static func wanted(_ plan: Plan, source: CollectionDescription) -> CollectionDescription
    {
        var distance: Distance?
        for step in plan.steps {
            if case .createTarget(let options) = step.kind { distance = options.distance }
        }
        var result = source
        result.name = plan.target.collection
        if case .uuid5 = plan.mapping.id { result.idKind = .uuid }
        // Its ids are integers or texts.
        if plan.target.kind == .milvus, result.idKind == .uuid { result.idKind = .text }
        result.vectors = source.vectors.map { spec in
            var wanted = spec
            wanted.name = plan.mapping.vectorNames.forward(spec.name)
            wanted.distance = distance ?? spec.distance
            if plan.target.kind == .pgvector {
                wanted.element = plan.target.table.element == .halfvec ? .float16 : .float32
            }
            return wanted
        }.sorted { $0.name < $1.name }
        result.payloadIndexes = source.payloadIndexes.map {
            var index = $0
            index.field = plan.mapping.fieldNames.forward(path: $0.field)
            return index
        }
        return result
    }

    /// Every way in which what is there is not what is wanted, for people.
    package static func differences(
        wanted: CollectionDescription, found: CollectionDescription
    ) -> [String] {
        var problems: [String] = []
        for spec in wanted.vectors {
            let label = spec.name.isEmpty ? "its vector" : "its vector '\(spec.name)'"
            guard let held = found.vector(spec.name) else {
                problems.append("\(label) is missing")
                continue
            }
            if held.dimension != spec.dimension, held.dimension != 0 {
                problems.append(
                    "\(label) has dimension \(held.dimension), the source's is \(spec.dimension)")
            }
            if held.distance != spec.distance {
                problems.append(
                    "\(label) is compared by \(held.distance.rawValue), "
                        + "the source's by \(spec.distance.rawValue)")
            }
        }
        let isHeldByBoth =
            found.idKind == .intOrUUID && (wanted.idKind == .int || wanted.idKind == .uuid)
        let fits = isHeldByBoth || [wanted.idKind, .text, .intOrText].contains(found.idKind)
        if !fits || (found.idKind == .text && wanted.idKind == .int) {
            problems.append(
                "its ids are of kind \(found.idKind.rawValue), "
                    + "those to be written of kind \(wanted.idKind.rawValue)")
        }
        return problems
    }
}
