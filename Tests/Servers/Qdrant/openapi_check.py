"""Checks requests and answers against the parts of Qdrant's public OpenAPI document that are
beside this file. Stricter than the document: a field that it does not name is a mistake, too."""
import json
import os
import re


class Checker:
    def __init__(self):
        with open(os.path.join(os.path.dirname(__file__), "openapi.json")) as file:
            document = json.load(file)
        self.schemas, self.paths = document["components"]["schemas"], []
        for path, operations in document["paths"].items():
            pattern = re.compile("^" + re.sub(r"\{[^}]*\}", "[^/]+", path) + "$")
            self.paths.append((pattern, operations))

    def operation(self, method, path):
        for pattern, operations in self.paths:
            if pattern.match(path) and method.lower() in operations:
                return operations[method.lower()]
        return None

    def request(self, method, path, query, body):
        """Raises ValueError. What the document does not have (older paths) is not checked."""
        operation = self.operation(method, path)
        if operation is None:
            return
        known = {part["name"] for part in operation.get("parameters", []) if part["in"] == "query"}
        for name in query:
            if name not in known:
                raise ValueError(f"{method} {path} takes no parameter '{name}'")
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            self.check(body, schema, "body")
        elif body is not None:
            raise ValueError(f"{method} {path} takes no body")

    def answer(self, method, path, envelope):
        operation = self.operation(method, path)
        if operation:
            schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            self.check(envelope, schema, "answer")

    def check(self, value, schema, at):
        problem = self.problem(value, schema, at)
        if problem:
            raise ValueError(problem)

    def problem(self, value, schema, at):
        """nil, or the first thing that is wrong."""
        if "$ref" in schema:
            return self.problem(value, self.schemas[schema["$ref"].rsplit("/", 1)[1]], at)
        if value is None:
            allowed = schema.get("nullable") or any(
                part.get("nullable") for part in schema.get("anyOf", []))
            return None if allowed or not schema else f"{at} is null"
        for key in ("anyOf", "oneOf"):
            if key in schema:
                problems = [self.problem(value, part, at) for part in schema[key]
                            if part != {"nullable": True}]
                if all(problems):
                    return min(problems, key=len)
                return None
        for part in schema.get("allOf", []):
            problem = self.problem(value, part, at)
            if problem:
                return problem
        if "enum" in schema and value not in schema["enum"]:
            return f"{at} is {json.dumps(value)[:40]}, one of {schema['enum']} belongs there"
        return self.typed(value, schema, at)

    def typed(self, value, schema, at):
        kind = schema.get("type")
        kinds = {"object": dict, "array": list, "string": str, "boolean": bool,
                 "integer": int, "number": (int, float)}
        is_right = kind is None or isinstance(value, kinds[kind])
        if kind in ("integer", "number") and isinstance(value, bool):
            is_right = False
        if not is_right:
            return f"{at} is {json.dumps(value)[:40]}, {kind} belongs there"
        if "minimum" in schema and value < schema["minimum"]:
            return f"{at} is {value}, less than {schema['minimum']}"
        if kind == "array":
            return self.listed(value, schema, at)
        if kind == "object":
            return self.fields(value, schema, at)
        return None

    def listed(self, value, schema, at):
        if len(value) < schema.get("minItems", 0):
            return f"{at} has {len(value)} items"
        items = schema.get("items", {})
        if items.get("type") == "number":
            if all(type(item) in (float, int) for item in value):
                return None
        for index, item in enumerate(value):
            problem = self.problem(item, items, f"{at}[{index}]")
            if problem:
                return problem
        return None

    def fields(self, value, schema, at):
        for name in schema.get("required", []):
            if name not in value:
                return f"{at} has no '{name}'"
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, part in value.items():
            if name in known:
                problem = self.problem(part, known[name], f"{at}.{name}")
            elif isinstance(others, dict):
                problem = self.problem(part, others, f"{at}.{name}")
            elif others or not known:
                problem = None
            else:
                problem = f"{at} knows no '{name}'"
            if problem:
                return problem
        return None
