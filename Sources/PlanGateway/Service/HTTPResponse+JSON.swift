import HTTPServer
import JSON
import PlanCore

extension HTTPResponse {
    init(json writer: JSONWriter, status: Int = 200) {
        self.init(status: status, body: writer.bytes)
        headers.add("Content-Type", "application/json")
    }
}

extension JSONWriter {
    /// As float32 is spelled: the shortest text that reads back the same.
    mutating func write(_ value: Float) {
        write(.number(value.isFinite ? value.description : "null") as JSONValue)
    }
}
