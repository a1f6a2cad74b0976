import PlanCore
import PlanGateway

extension Plan {
    /// Whether both stores are of one kind and the mapping changes nothing.
    var isAlike: Bool {
        source.kind == target.kind && mapping.id == .keep && mapping.fields.isEmpty
            && mapping.vectors.isEmpty && mapping.types.isEmpty
    }

    /// Where clients of Chroma take the collection to be: where it is, if the source is Chroma's.
    var chromaPlace: ChromaPlace {
        var place = ChromaPlace()
        if source.kind == .chroma {
            place.tenant = source.tenant ?? place.tenant
            place.database = source.database ?? place.database
            place.documentField = source.document ?? place.documentField
        } else if target.kind == .chroma, let field = target.document {
            place.documentField = mapping.fieldNames.reverse(field)
        }
        return place
    }

    var compare: MirrorOptions.Compare {
        for step in steps {
            if case .mirror(let options) = step.kind { return options.compare }
        }
        return MirrorOptions.Compare()
    }
}
