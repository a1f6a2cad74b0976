/// The OpenAPI document of the native dialect, served at `/openapi.json`.
enum NativeAPI {
    static let document = head + paths + schemas

    private static let head = #"""
        {
        "openapi": "3.1.0",
        "info": {
          "title": "Crossfade gateway, native dialect",
          "version": "1",
          "description": "One collection of vectors, wherever it lives just now."
        },
        "security": [{"bearer": []}, {"apiKey": []}, {}],

        """#

    static func operation(
        _ id: String, _ summary: String, body: String, answer: String
    ) -> String {
        """
        {
          "operationId": "\(id)",
          "summary": "\(summary)",
          "requestBody": {"required": true, "content": {"application/json": {"schema":
            {"$ref": "#/components/schemas/\(body)"}}}},
          "responses": \(responses(answer))
        }
        """
    }

    static func responses(_ answer: String) -> String {
        let failures = ["400", "401", "403", "413", "415", "431", "500", "502", "503", "504"]
            .map { "\"\($0)\": {\"$ref\": \"#/components/responses/Error\"}" }
            .joined(separator: ", ")
        return """
            {"200": {"description": "Done.", "content": {"application/json": {"schema":
                {"$ref": "#/components/schemas/\(answer)"}}}}, \(failures)}
            """
    }

    private static let paths = """
        "paths": {
        "/v1/records": {
          "put": \(operation(
            "upsert", "Replaces whole records, or adds them.", body: "UpsertRequest",
            answer: "CountAnswer")),
          "patch": \(operation(
            "update", "Changes parts of records that exist.", body: "UpdateRequest",
            answer: "UpdateAnswer"))
        },
        "/v1/records/get": {"post": \(operation(
            "get", "Records by id; absent ones are left out.", body: "GetRequest",
            answer: "RecordsAnswer"))},
        "/v1/records/delete": {"post": \(operation(
            "delete", "Deletes by id or by filter.", body: "DeleteRequest",
            answer: "DeleteAnswer"))},
        "/v1/search": {"post": \(operation(
            "search", "The nearest records; smaller distances are nearer.", body: "SearchRequest",
            answer: "SearchAnswer"))},
        "/v1/scan": {"post": \(operation(
            "scan", "All records, a page at a time, in the order of their ids.",
            body: "ScanRequest", answer: "ScanAnswer"))},
        "/v1/count": {"get": {
          "operationId": "count", "summary": "How many records there are.",
          "responses": \(responses("CountAnswer"))
        }},
        \(DirectAPI.paths)
        },

        """

    private static let schemas = #"""
        "components": {
        "securitySchemes": {
          "bearer": {"type": "http", "scheme": "bearer"},
          "apiKey": {"type": "apiKey", "in": "header", "name": "api-key"}
        },
        "responses": {"Error": {"description": "Not done.", "content": {"application/json":
          {"schema": {"$ref": "#/components/schemas/Error"}}}}},
        "schemas": {

        """# + DirectAPI.schemas + #"""
              "Error": {"type": "object", "required": ["error"], "properties": {"error": {
                "type": "object", "required": ["code", "message", "hint"], "properties": {
                  "code": {"type": "string"}, "message": {"type": "string"},
                  "hint": {"type": "string"}}}}},
              "ID": {"description": "An integer of 64 bits, or text, as the collection has them.",
                "anyOf": [{"type": "integer", "minimum": -9223372036854775808,
                  "maximum": 18446744073709551615}, {"type": "string", "minLength": 1}]},
              "Dense": {"type": "array", "minItems": 1, "items": {"type": "number"}},
              "Sparse": {"type": "object", "required": ["indices", "values"],
                "additionalProperties": false, "properties": {
                  "indices": {"type": "array", "items": {"type": "integer", "minimum": 0,
                    "maximum": 4294967295}},
                  "values": {"type": "array", "items": {"type": "number"}}}},
              "Vector": {"anyOf": [{"$ref": "#/components/schemas/Dense"},
                {"$ref": "#/components/schemas/Sparse"}]},
              "Vectors": {"type": ["object", "null"], "additionalProperties":
                {"$ref": "#/components/schemas/Vector"}},
              "Payload": {"type": ["object", "null"], "additionalProperties": true},
              "Record": {"type": "object", "required": ["id"], "additionalProperties": false,
                "properties": {
                  "id": {"$ref": "#/components/schemas/ID"},
                  "vector": {"anyOf": [{"$ref": "#/components/schemas/Vector"}, {"type": "null"}]},
                  "vectors": {"$ref": "#/components/schemas/Vectors"},
                  "payload": {"$ref": "#/components/schemas/Payload"}}},
              "Update": {"type": "object", "required": ["id"], "additionalProperties": false,
                "properties": {
                  "id": {"$ref": "#/components/schemas/ID"},
                  "set": {"$ref": "#/components/schemas/Payload"},
                  "remove": {"type": ["array", "null"], "items": {"type": "string"}},
                  "vector": {"anyOf": [{"$ref": "#/components/schemas/Vector"}, {"type": "null"}]},
                  "vectors": {"$ref": "#/components/schemas/Vectors"}}},
              "Hit": {"type": "object", "required": ["id", "distance"], "properties": {
                  "id": {"$ref": "#/components/schemas/ID"},
                  "distance": {"type": "number"},
                  "vector": {"anyOf": [{"$ref": "#/components/schemas/Vector"}, {"type": "null"}]},
                  "vectors": {"$ref": "#/components/schemas/Vectors"},
                  "payload": {"$ref": "#/components/schemas/Payload"}}},
              "Comparison": {"type": "object", "propertyNames": {"minLength": 1},
                "minProperties": 1, "maxProperties": 1,
                "additionalProperties": true},
              "Bound": {"type": "object", "propertyNames": {"minLength": 1},
                "minProperties": 1, "maxProperties": 1,
                "additionalProperties": {"type": "number"}},
              "Filter": {"type": "object", "minProperties": 1, "maxProperties": 1,
                "additionalProperties": false, "properties": {
                  "and": {"type": "array", "items": {"$ref": "#/components/schemas/Filter"}},
                  "or": {"type": "array", "items": {"$ref": "#/components/schemas/Filter"}},
                  "not": {"$ref": "#/components/schemas/Filter"},
                  "eq": {"$ref": "#/components/schemas/Comparison"},
                  "ne": {"$ref": "#/components/schemas/Comparison"},
                  "in": {"type": "object", "propertyNames": {"minLength": 1},
                "minProperties": 1, "maxProperties": 1,
                    "additionalProperties": {"type": "array", "items": {}}},
                  "lt": {"$ref": "#/components/schemas/Bound"},
                  "lte": {"$ref": "#/components/schemas/Bound"},
                  "gt": {"$ref": "#/components/schemas/Bound"},
                  "gte": {"$ref": "#/components/schemas/Bound"},
                  "exists": {"type": "string", "minLength": 1},
                  "contains": {"$ref": "#/components/schemas/Comparison"},
                  "has_id": {"type": "array", "items": {"$ref": "#/components/schemas/ID"}}}},
              "OptionalFilter": {"anyOf": [{"$ref": "#/components/schemas/Filter"},
                {"type": "null"}]},
              "UpsertRequest": {"type": "object", "required": ["records"],
                "additionalProperties": false, "properties": {"records":
                  {"type": "array", "items": {"$ref": "#/components/schemas/Record"}}}},
              "UpdateRequest": {"type": "object", "required": ["updates"],
                "additionalProperties": false, "properties": {"updates":
                  {"type": "array", "items": {"$ref": "#/components/schemas/Update"}}}},
              "GetRequest": {"type": "object", "required": ["ids"], "additionalProperties": false,
                "properties": {
                  "ids": {"type": "array", "items": {"$ref": "#/components/schemas/ID"}},
                  "with_vectors": {"type": ["boolean", "null"], "default": true},
                  "with_payload": {"type": ["boolean", "null"], "default": true}}},
              "DeleteRequest": {"oneOf": [
                {"type": "object", "required": ["ids"], "additionalProperties": false,
                  "properties": {"ids":
                    {"type": "array", "items": {"$ref": "#/components/schemas/ID"}}}},
                {"type": "object", "required": ["filter"], "additionalProperties": false,
                  "properties": {"filter": {"$ref": "#/components/schemas/Filter"}}}]},
              "SearchRequest": {"type": "object", "required": ["vector"],
                "additionalProperties": false, "properties": {
                  "vector": {"$ref": "#/components/schemas/Vector"},
                  "using": {"type": ["string", "null"], "default": ""},
                  "k": {"type": ["integer", "null"], "minimum": 1, "maximum": 10000, "default": 10},
                  "filter": {"$ref": "#/components/schemas/OptionalFilter"},
                  "with_payload": {"type": ["boolean", "null"], "default": true},
                  "with_vectors": {"type": ["boolean", "null"], "default": false}}},
              "ScanRequest": {"type": "object", "additionalProperties": false, "properties": {
                  "cursor": {"anyOf": [{"$ref": "#/components/schemas/ID"}, {"type": "null"}]},
                  "limit": {"type": ["integer", "null"], "minimum": 1, "maximum": 10000,
                    "default": 100},
                  "filter": {"$ref": "#/components/schemas/OptionalFilter"},
                  "with_vectors": {"type": ["boolean", "null"], "default": true},
                  "with_payload": {"type": ["boolean", "null"], "default": true}}},
              "CountAnswer": {"type": "object", "required": ["count"], "properties": {
                  "count": {"type": "integer", "minimum": 0}}},
              "UpdateAnswer": {"type": "object", "required": ["count", "missing"], "properties": {
                  "count": {"type": "integer", "minimum": 0},
                  "missing": {"type": "array", "items": {"$ref": "#/components/schemas/ID"}}}},
              "DeleteAnswer": {"type": "object", "required": ["deleted"], "properties": {
                  "deleted": {"type": ["integer", "null"], "minimum": 0,
                    "description": "null where the store does not tell"}}},
              "RecordsAnswer": {"type": "object", "required": ["records"], "properties": {
                  "records": {"type": "array", "items": {"$ref": "#/components/schemas/Record"}}}},
              "SearchAnswer": {"type": "object", "required": ["hits"], "properties": {
                  "hits": {"type": "array", "items": {"$ref": "#/components/schemas/Hit"}}}},
              "ScanAnswer": {"type": "object", "required": ["records", "next"], "properties": {
                  "records": {"type": "array", "items": {"$ref": "#/components/schemas/Record"}},
                  "next": {"description": "the cursor of the next page",
                    "anyOf": [{"$ref": "#/components/schemas/ID"}, {"type": "null"}]}}}
            }
            }
            }

            """#
}
