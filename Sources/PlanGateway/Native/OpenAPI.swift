/// The native dialect's own description, served at `/openapi.json`.
enum OpenAPI {
    static let text = """
        {"openapi":"3.1.0","info":{"title":"Crossfade gateway, native dialect","version":"1"},
        "paths":{
        "/v1/records":{"put":{"summary":"Replace whole records",\(body("Upsert"))},
        "patch":{"summary":"Update parts of records that exist",\(body("Update"))}},
        "/v1/records/get":{"post":{"summary":"Read records by id",\(body("Get"))}},
        "/v1/records/delete":{"post":{"summary":"Delete by ids or by filter",\(body("Delete"))}},
        "/v1/search":{"post":{"summary":"The k nearest records",\(body("Search"))}},
        "/v1/scan":{"post":{"summary":"A page of all records in key order",\(body("Scan"))}},
        "/v1/count":{"get":{"summary":"How many records there are",\(responses)}}},
        "components":{"schemas":{\(schemas)}}}
        """

    private static func body(_ name: String) -> String {
        "\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":"
            + "{\"$ref\":\"#/components/schemas/\(name)\"}}}},\(responses)"
    }

    private static let responses = """
        "responses":{"200":{"description":"done","content":{"application/json":{"schema":\
        {"type":"object"}}}},"default":{"description":"not done","content":{"application/json":\
        {"schema":{"$ref":"#/components/schemas/Fault"}}}}}
        """

    private static let schemas = """
        "ID":{"oneOf":[{"type":"integer"},{"type":"string","minLength":1}]},
        "Vector":{"oneOf":[{"type":"array","items":{"type":"number"}},{"type":"object",
        "required":["indices","values"],"properties":{"indices":{"type":"array","items":
        {"type":"integer","minimum":0}},"values":{"type":"array","items":{"type":"number"}}}}]},
        "Record":{"type":"object","required":["id"],"properties":{"id":{"$ref":
        "#/components/schemas/ID"},"vector":{"$ref":"#/components/schemas/Vector"},"vectors":
        {"type":"object","additionalProperties":{"$ref":"#/components/schemas/Vector"}},
        "payload":{"type":"object"}}},
        "Upsert":{"type":"object","required":["records"],"properties":{"records":{"type":"array",
        "items":{"$ref":"#/components/schemas/Record"}}}},
        "Update":{"type":"object","required":["updates"],"properties":{"updates":{"type":"array",
        "items":{"type":"object","required":["id"],"properties":{"id":{"$ref":
        "#/components/schemas/ID"},"set":{"type":"object"},"remove":{"type":"array","items":
        {"type":"string"}},"vector":{"$ref":"#/components/schemas/Vector"}}}}}},
        "Get":{"type":"object","required":["ids"],"properties":{"ids":{"type":"array","items":
        {"$ref":"#/components/schemas/ID"}},"with_vectors":{"type":"boolean","default":true},
        "with_payload":{"type":"boolean","default":true}}},
        "Filter":{"type":"object","minProperties":1,"maxProperties":1},
        "Delete":{"type":"object","properties":{"ids":{"type":"array","items":{"$ref":
        "#/components/schemas/ID"}},"filter":{"$ref":"#/components/schemas/Filter"}}},
        "Search":{"type":"object","required":["vector"],"properties":{"vector":{"$ref":
        "#/components/schemas/Vector"},"using":{"type":"string"},"k":{"type":"integer",
        "minimum":1,"maximum":10000},"filter":{"$ref":"#/components/schemas/Filter"},
        "with_payload":{"type":"boolean"},"with_vectors":{"type":"boolean"}}},
        "Scan":{"type":"object","properties":{"cursor":{"oneOf":[{"type":"null"},{"$ref":
        "#/components/schemas/ID"}]},"limit":{"type":"integer","minimum":1,"maximum":10000},
        "filter":{"$ref":"#/components/schemas/Filter"},"with_vectors":{"type":"boolean"}}},
        "Fault":{"type":"object","required":["error"],"properties":{"error":{"type":"object",
        "required":["code","message"],"properties":{"code":{"type":"string"},"message":
        {"type":"string"},"hint":{"type":"string"}}}}}
        """
}
