import Foundation
import JSON
import PlanCore

/// `packages.jsonl` and `packages.f16` (float16, little endian, 384 a record) of a folder.
enum PackageFile {
    static let dimension = 384

    static func load(_ folder: String, count: Int) throws -> [Package] {
        guard let lines = FileManager.default.contents(atPath: folder + "/packages.jsonl"),
            let halves = FileManager.default.contents(atPath: folder + "/packages.f16")
        else {
            throw DemoError("cannot read 'packages.jsonl' and 'packages.f16' in '\(folder)'")
        }
        var packages: [Package] = []
        for (row, line) in lines.split(separator: UInt8(ascii: "\n")).prefix(count).enumerated() {
            guard case .object(var fields) = try JSON.parse(String(decoding: line, as: UTF8.self)),
                case .int(let id)? = fields.removeValue(forKey: "id"),
                case .string(let name)? = fields["name"], case .string(let text)? = fields["text"]
            else { throw DemoError("line \(row + 1) of 'packages.jsonl' is no package") }
            packages.append(
                Package(
                    id: id, name: name, text: text, payload: fields,
                    vector: vector(halves, row: row)))
        }
        return packages
    }

    private static func vector(_ halves: Data, row: Int) -> [Float] {
        let start = halves.startIndex + row * dimension * 2
        return (0..<dimension).map { entry in
            let place = start + entry * 2
            guard place + 1 < halves.endIndex else { return 0 }
            let bits = UInt16(halves[place]) | UInt16(halves[place + 1]) << 8
            return Float(Float16(bitPattern: bits))
        }
    }
}

struct DemoError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
