import PlanCore
import PlanSync

/// One plan behind a listener.
package struct GatewayPart: Sendable {
    /// Its name.
    package var plan: String
    package var service: any RecordService & DirectService
    package var telemetry: any GatewayTelemetry
    /// The source's collection.
    package var collection: @Sendable () async throws -> CollectionDescription
    /// What clients of Chroma must know of the collection besides.
    package var chroma: ChromaPlace

    package init(
        plan: String, service: any RecordService & DirectService,
        telemetry: any GatewayTelemetry, chroma: ChromaPlace = ChromaPlace(),
        collection: @escaping @Sendable () async throws -> CollectionDescription
    ) {
        self.plan = plan
        self.service = service
        self.telemetry = telemetry
        self.collection = collection
        self.chroma = chroma
    }
}
