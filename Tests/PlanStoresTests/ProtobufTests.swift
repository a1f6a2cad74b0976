import Testing

@testable import PlanStores

/// The examples of protobuf.dev's page on the encoding, byte by byte, and what is cut or broken.
@Suite struct ProtobufTests {
    private func written(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        body(&writer)
        return writer.bytes
    }

    @Test func `messages are written as the documentation's examples are`() {
        #expect(written { $0.write(1, Int64(150)) } == [0x08, 0x96, 0x01])
        #expect(
            written { $0.write(2, "testing") } == [0x12, 0x07] + Array("testing".utf8))
        #expect(
            written { outer in outer.write(3) { $0.write(1, Int64(150)) } }
                == [0x1a, 0x03, 0x08, 0x96, 0x01])
        #expect(
            written { $0.write(6, packed: [Int64(3), 270, 86_942]) }
                == [0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05])
        // Minus two, as ten bytes.
        #expect(
            written { $0.write(1, Int64(-2)) }
                == [0x08, 0xfe] + Array(repeating: 0xff, count: 8) + [0x01])
        #expect(
            written { $0.write(1, packed: [[1, 2], [-0.5]], count: 3) }
                == [0x0a, 12, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0, 0xbf])
        #expect(
            written { $0.write(2, packed: [1.0]) } == [0x12, 8, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
        #expect(written { $0.write(16, Int64(0)) } == [0x80, 0x01, 0x00])
    }

    @Test func `fields are read in their order, those of unknown kinds too`() throws {
        let bytes: [UInt8] =
            [0x08, 0x96, 0x01, 0x12, 0x02, 0x68, 0x69, 0x1d, 1, 2, 3, 4]
            + [0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x28]
            + Array(repeating: 0xff, count: 9) + [0x01]
        var reader = ProtobufReader(bytes[...])
        var seen: [String] = []
        while let (field, value) = try reader.next() {
            switch value {
            case .varint(let number): seen.append("\(field):\(number)")
            case .bytes(let bytes), .fixed(let bytes): seen.append("\(field):\(Array(bytes))")
            }
        }
        #expect(
            seen == [
                "1:150", "2:[104, 105]", "3:[1, 2, 3, 4]", "4:[1, 2, 3, 4, 5, 6, 7, 8]",
                "5:\(UInt64.max)",
            ])
    }

    @Test(
        arguments: [
            [0x08], [0x08, 0x80], [0x12, 0x05, 0x01], [0x1d, 1, 2, 3], [0x21, 1], [0x0b], [0x0f],
            [0x08] + Array(repeating: 0xff, count: 10),
            [0x08] + Array(repeating: 0xff, count: 9) + [2],
            [0x12] + Array(repeating: 0xff, count: 9) + [0x01],
        ] as [[UInt8]])
    func `what is cut or broken is refused`(bytes: [UInt8]) {
        #expect(throws: ProtobufReader.Malformed.self) {
            var reader = ProtobufReader(bytes[...])
            while try reader.next() != nil {}
        }
    }

    @Test func `a mutation's status is found`() throws {
        let refused: [UInt8] = written { result in
            result.write(1) { status in
                status.write(1, Int64(5))
                status.write(2, "no")
                status.write(3, Int64(1_100))
            }
            result.write(6, Int64(3))
        }
        #expect(try MilvusStatus(mutation: refused[...]) == MilvusStatus(code: 1_100, reason: "no"))
        #expect(try MilvusStatus(mutation: [0x0a, 0x00]).isSuccess)
        // An older server knows no codes but its first ones.
        let older = written { $0.write(1) { $0.write(1, Int64(49)) } }
        #expect(try !MilvusStatus(mutation: older[...]).isSuccess)
        // A result that says nothing of its outcome is none.
        #expect(throws: ProtobufReader.Malformed.self) { try MilvusStatus(mutation: [0x30, 0x03]) }
    }
}
