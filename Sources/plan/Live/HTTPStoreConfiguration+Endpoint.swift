import PlanCore
import PlanStores

extension HTTPStoreConfiguration {
    /// What a plan says of a store that speaks HTTP.
    init(
        _ endpoint: StoreEndpoint, at address: String, _ plan: Plan, _ world: any ExternalWorld
    ) throws {
        self.init(url: Secret(address))
        apiKey = try endpoint.apiKey?.resolve(environment: world.environment, read: world.read)
        deadline = endpoint.deadline
        authorities = endpoint.authorities.map(plan.path)
        if let connections = endpoint.connections { poolSize = connections }
    }
}
