/// Of the OpenAPI document, what applications ask that go to the stores themselves.
enum DirectAPI {
    static var paths: String {
        """
        "/v1/route": {"get": {
          "operationId": "route", "summary": "Where to read and write just now.",
          "parameters": [
            {"name": "client", "in": "query", "schema":
              {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,100}$"}},
            {"name": "wait_ms", "in": "query", "schema":
              {"type": "integer", "minimum": 0, "maximum": 60000, "default": 0}}
          ],
          "responses": \(NativeAPI.responses("RouteAnswer"))
        }},
        "/v1/reads": {"post": \(NativeAPI.operation(
            "reads", "Which side each record is to be read from.", body: "KeysRequest",
            answer: "ReadsAnswer"))},
        "/v1/writes/begin": {"post": \(NativeAPI.operation(
            "begin", "Opens the intents of a write.", body: "KeysRequest",
            answer: "LeaseAnswer"))},
        "/v1/writes/end": {"post": \(NativeAPI.operation(
            "end", "Tells what became of writes.", body: "EndRequest",
            answer: "EndAnswer"))},
        "/v1/observations": {"post": \(NativeAPI.operation(
            "observe", "Tells what was seen of the stores.", body: "ObservationsRequest",
            answer: "ObservationsAnswer"))}
        """
    }

    static let schemas = #"""
          "Side": {"type": "string", "enum": ["source", "target"]},
          "OptionalSide": {"anyOf": [{"$ref": "#/components/schemas/Side"}, {"type": "null"}]},
          "Milliseconds": {"type": "number", "minimum": 0, "exclusiveMaximum": 86400000},
          "OptionalMilliseconds": {"anyOf": [{"$ref": "#/components/schemas/Milliseconds"},
            {"type": "null"}]},
          "RouteAnswer": {"type": "object", "required": ["epoch", "authority", "follower",
            "acknowledge", "writes", "reads", "weight", "mirror", "valid_ms"], "properties": {
              "epoch": {"type": "integer", "minimum": 0},
              "authority": {"$ref": "#/components/schemas/Side"},
              "follower": {"$ref": "#/components/schemas/OptionalSide"},
              "acknowledge": {"type": "string", "enum": ["authority", "both"]},
              "writes": {"type": "string", "enum": ["open", "held"]},
              "reads": {"type": "string", "enum": ["authority", "ask"]},
              "weight": {"type": "integer", "minimum": 0, "maximum": 100},
              "mirror": {"type": "integer", "minimum": 0, "maximum": 100},
              "valid_ms": {"type": ["integer", "null"]}}},
          "Keys": {"type": "array", "minItems": 1, "maxItems": 10000, "items":
            {"$ref": "#/components/schemas/ID"}},
          "KeysRequest": {"type": "object", "required": ["ids"], "additionalProperties": false,
            "properties": {"ids": {"$ref": "#/components/schemas/Keys"}}},
          "ReadsAnswer": {"type": "object", "required": ["source", "target"], "properties": {
              "source": {"type": "array", "items": {"$ref": "#/components/schemas/ID"}},
              "target": {"type": "array", "items": {"$ref": "#/components/schemas/ID"}}}},
          "LeaseAnswer": {"type": "object", "required": ["lease", "epoch", "authority",
            "follower", "acknowledge", "span_ms"], "properties": {
              "lease": {"type": "string"},
              "epoch": {"type": "integer", "minimum": 0},
              "authority": {"$ref": "#/components/schemas/Side"},
              "follower": {"$ref": "#/components/schemas/OptionalSide"},
              "acknowledge": {"type": "string", "enum": ["authority", "both"]},
              "span_ms": {"type": "integer", "minimum": 0},
              "target_ids": {"type": "array", "items": {"$ref": "#/components/schemas/ID"}}}},
          "EndRequest": {"type": "object", "required": ["leases"], "additionalProperties": false,
            "properties": {"leases": {"type": "array", "maxItems": 10000, "items": {
              "type": "object", "required": ["lease", "outcome"], "additionalProperties": false,
              "properties": {"lease": {"type": "string"}, "outcome": {"type": "string",
                "enum": ["written", "follower_failed", "nothing", "unknown"]}}}}}},
          "EndAnswer": {"type": "object", "required": ["ends"], "properties": {"ends": {
              "type": "array", "items": {"type": "string", "enum":
                ["settled", "repairing", "untouched", "unknown", "lapsed"]}}}},
          "SeenHits": {"type": "array", "maxItems": 10000, "items": {"type": "object",
            "required": ["id", "distance"], "additionalProperties": false, "properties": {
              "id": {"$ref": "#/components/schemas/ID"}, "distance": {"type": "number"}}}},
          "ObservationsRequest": {"type": "object", "additionalProperties": false, "properties": {
              "searches": {"type": ["array", "null"], "maxItems": 10000, "items":
                {"type": "object", "required": ["query", "authority"],
                "additionalProperties": false, "properties": {
                  "query": {"$ref": "#/components/schemas/SearchRequest"},
                  "authority": {"$ref": "#/components/schemas/SeenHits"},
                  "authority_ms": {"$ref": "#/components/schemas/OptionalMilliseconds"},
                  "follower": {"anyOf": [{"$ref": "#/components/schemas/SeenHits"},
                    {"type": "null"}]},
                  "follower_ms": {"$ref": "#/components/schemas/OptionalMilliseconds"}}}},
              "calls": {"type": ["array", "null"], "maxItems": 10000, "items":
                {"type": "object", "required": ["operation", "side", "ms"],
                "additionalProperties": false, "properties": {
                  "operation": {"type": "string", "enum":
                    ["search", "get", "scan", "count", "upsert", "update", "delete"]},
                  "side": {"$ref": "#/components/schemas/Side"},
                  "ms": {"$ref": "#/components/schemas/Milliseconds"},
                  "failed": {"type": ["boolean", "null"]}}}}}},
          "ObservationsAnswer": {"type": "object", "required": ["searches", "calls"],
            "properties": {"searches": {"type": "integer"}, "calls": {"type": "integer"}}},

        """#
}
