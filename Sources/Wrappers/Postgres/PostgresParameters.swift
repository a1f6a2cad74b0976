/// The parameters of one statement, in binary, in one run of memory.
package struct PostgresParameters: ~Copyable {
    var types: [UInt32] = []
    /// Where each value lies in `buffer`; nil is NULL.
    var places: [(offset: Int, count: Int)?] = []
    var buffer: PostgresBuffer

    package init(capacity: Int = 256) { buffer = PostgresBuffer(capacity: capacity) }

    package var count: Int { types.count }

    package mutating func addNull(type: UInt32) {
        types.append(type)
        places.append(nil)
    }

    /// Writes one value of any type.
    package mutating func add(type: UInt32, _ body: (inout PostgresBuffer) -> Void) {
        let offset = buffer.count
        body(&buffer)
        types.append(type)
        places.append((offset, buffer.count - offset))
    }

    package mutating func add(_ value: Int64) {
        add(type: PostgresType.int8) { $0.append(value) }
    }

    package mutating func add(_ value: Int32) {
        add(type: PostgresType.int4) { $0.append(value) }
    }

    package mutating func add(_ value: Double) {
        add(type: PostgresType.float8) { $0.append(value.bitPattern) }
    }

    package mutating func add(_ value: Bool) {
        add(type: PostgresType.bool) { $0.append(UInt8(value ? 1 : 0)) }
    }

    package mutating func add(_ text: String, type: UInt32 = PostgresType.text) {
        add(type: type) { $0.append(utf8: text) }
    }

    package mutating func add(jsonb text: String) {
        add(type: PostgresType.jsonb) { buffer in
            buffer.append(UInt8(1))
            buffer.append(utf8: text)
        }
    }

    /// A one-dimensional array; `element` writes the value of one index without its length, and
    /// says false for NULL.
    package mutating func add(
        arrayOf elementType: UInt32, type: UInt32, count: Int,
        _ element: (Int, inout PostgresBuffer) -> Bool
    ) {
        add(type: type) { buffer in
            buffer.append(Int32(count == 0 ? 0 : 1))
            // Whether there is a NULL: the server looks for itself.
            buffer.append(Int32(1))
            buffer.append(elementType)
            if count == 0 { return }
            buffer.append(Int32(count))
            buffer.append(Int32(1))
            for index in 0..<count { buffer.appendField { element(index, &$0) } }
        }
    }

    package mutating func add(_ texts: [String]) {
        add(arrayOf: PostgresType.text, type: PostgresType.textArray, count: texts.count) {
            $1.append(utf8: texts[$0])
            return true
        }
    }

    package mutating func add(_ values: [Int64]) {
        add(arrayOf: PostgresType.int8, type: PostgresType.int8Array, count: values.count) {
            $1.append(values[$0])
            return true
        }
    }
}

extension PostgresBuffer {
    /// A length and the value that `body` writes; NULL where it says false.
    package mutating func appendField(_ body: (inout PostgresBuffer) -> Bool) {
        let place = count
        append(Int32(-1))
        if body(&self) {
            patch(Int32(count - place - 4), at: place)
        } else {
            truncate(to: place + 4)
        }
    }
}
