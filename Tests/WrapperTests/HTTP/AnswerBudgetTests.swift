import Testing

@testable import HTTPClient

@Suite struct AnswerBudgetTests {
    @Test func `large answers share the limit, and a small one is taken beside them`() {
        var configuration = HTTPClientConfiguration()
        configuration.answersInFlight = 1_000
        configuration.connectionsPerHost = 10
        let budget = AnswerBudget(configuration)
        #expect(budget.take(600, of: 600))
        #expect(budget.take(400, of: 400))
        #expect(!budget.take(1, of: 401))
        #expect(!budget.take(101, of: 101))
        #expect(budget.take(100, of: 100))
        budget.give(back: 100)
        budget.give(back: 600)
        #expect(budget.take(200, of: 600))
    }
}
