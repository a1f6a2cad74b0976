import Testing

@testable import PlanSyntax

@Suite struct QuantityTests {
    @Test(arguments: [
        ("10s", Duration.seconds(10)), ("500ms", .milliseconds(500)), ("1h30m", .seconds(5_400)),
        ("1.5s", .milliseconds(1_500)), ("7d", .seconds(604_800)), ("0", .zero), ("0s", .zero),
    ])
    func `a duration is read`(text: String, duration: Duration) {
        #expect(Quantity.duration(text) == duration)
    }

    @Test(arguments: [
        "", "10", "s", "-1s", "1 s", "1e3s", "1..5s", "10S", "5x", "1h 30m", "99999d",
    ])
    func `what is no duration is refused`(text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test(arguments: ["10s", "500ms", "90m", "36h", "7d", "0"])
    func `a duration is written as it was read`(text: String) throws {
        let duration = try #require(Quantity.duration(text))
        #expect(Quantity.duration(Quantity.text(duration)) == duration)
        #expect(Quantity.text(duration) == text)
    }

    @Test func `rates count by the second`() {
        #expect(Quantity.rate("5000/s") == 5_000)
        #expect(Quantity.rate("120/m") == 2)
        #expect(Quantity.rate("0/s") == nil)
        #expect(Quantity.rate("5000") == nil)
        #expect(Quantity.rate("5000/day") == nil)
    }

    @Test func `percentages are shares`() {
        #expect(Quantity.percent("5%") == 0.05)
        #expect(Quantity.percent("0.1%") == 0.001)
        #expect(Quantity.percent("5") == nil)
        #expect(Quantity.percent("-5%") == nil)
    }
}
