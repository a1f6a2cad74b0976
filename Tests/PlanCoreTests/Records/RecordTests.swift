import PlanCore
import Testing

@Suite struct RecordTests {
    @Test func `vectors are the same however they were given`() {
        let one = Record(id: .int(1), vector: [1, 2])
        var other = Record(id: .int(1), vectors: [:])
        other[vector: Record.defaultVector] = .dense([1, 2])
        #expect(one == other)
        #expect(one == Record(id: .int(1), vectors: ["": .dense([1, 2])]))
        #expect(one.vectors == ["": .dense([1, 2])])
        #expect(one.onlyVector == .dense([1, 2]))
        #expect(one.vector == [1, 2])
        #expect(one[vector: "title"] == nil)
    }

    @Test func `a second vector joins the first, and goes again`() {
        let before = Record(id: .int(1), vector: [1, 2])
        var record = before
        record[vector: "title"] = .dense([3])
        #expect(record.vectors == ["": .dense([1, 2]), "title": .dense([3])])
        #expect(record.onlyVector == nil)
        #expect(record[vector: ""] == .dense([1, 2]))
        #expect(record[vector: "title"] == .dense([3]))
        record.vectors["title"] = nil
        #expect(record == before)
        record[vector: ""] = nil
        #expect(record.vectors.isEmpty)
        #expect(record == Record(id: .int(1), vectors: [:]))
    }

    @Test func `a vector of another name alone is not the default`() {
        var record = Record(id: .int(1), vectors: [:])
        record[vector: "title"] = .dense([3])
        #expect(record.vector == nil)
        #expect(record.vectors == ["title": .dense([3])])
    }

    @Test func `a payload kept as text equals its fields, until it is changed`() {
        let text = PayloadText(plain: Array("{\"a\":1}".utf8)) { _ in ["a": 1] }
        var record = Record(id: .int(1), vector: [1])
        record.payloadText = text
        let plain = Record(id: .int(1), vector: [1], payload: ["a": 1])
        #expect(record == plain)
        #expect(record.hashValue == plain.hashValue)
        #expect(record.payload["a"] == 1)
        record.payload["b"] = 2
        #expect(record.payload == ["a": 1, "b": 2])
        #expect(record.payloadText == nil)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 40])
    func `no entry that is not finite is overlooked`(_ count: Int) {
        let values = [Float](repeating: .greatestFiniteMagnitude, count: count)
        #expect(Vector.dense(values).isFinite)
        for place in values.indices {
            for entry in [Float.nan, .infinity, -.infinity] {
                var spoilt = values
                spoilt[place] = entry
                #expect(!Vector.dense(spoilt).isFinite)
            }
        }
    }
}
