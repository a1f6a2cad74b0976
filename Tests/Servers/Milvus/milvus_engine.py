"""Milvus's engine as the shim beside this file sees it: its process, and collections in it."""
import ctypes
import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
import types
from importlib.util import find_spec

import grpc

# The package itself would ask for pandas and more; its messages do not.
package = types.ModuleType("pymilvus")
package.__path__ = list(find_spec("pymilvus").submodule_search_locations)
sys.modules["pymilvus"] = package
from pymilvus.grpc_gen import common_pb2 as common  # noqa: E402
from pymilvus.grpc_gen import milvus_pb2 as milvus  # noqa: E402
from pymilvus.grpc_gen import milvus_pb2_grpc  # noqa: E402
from pymilvus.grpc_gen import schema_pb2 as schema  # noqa: E402

Type = schema.DataType
SCALARS = {Type.Bool: "bool_data", Type.Int8: "int_data", Type.Int16: "int_data",
           Type.Int32: "int_data", Type.Int64: "long_data", Type.Float: "float_data",
           Type.Double: "double_data", Type.VarChar: "string_data", Type.JSON: "json_data"}
VECTORS = (Type.FloatVector, Type.BinaryVector, Type.Float16Vector, Type.BFloat16Vector,
           Type.SparseFloatVector)
WINDOW, DYNAMIC_BYTES = 16_384, 65_536
LEVELS = ("Strong", "Session", "Bounded", "Eventually", "Customized")
UNEXPECTED, INVALID, NOT_FOUND, NOT_LOADED, NOT_FULLY_LOADED = 65535, 1100, 100, 101, 103
SEGCORE = 2000
WORDS = {1800: "user hasn't authenticated", 1801: "can only accept json format request",
         1802: "missing required parameters", 1804: "fail to deal the insert data"}


class Refusal(Exception):
    def __init__(self, code, message="", status=200):
        known = WORDS.get(code)
        super().__init__(f"{known}, error: {message}" if known and message else known or message)
        self.code, self.status = code, status


def consistency_level(word):
    if word not in LEVELS:
        raise Refusal(INVALID, f"consistencyLevel can only be [{', '.join(LEVELS)}], default: "
                      f"Bounded, err:parameter:'{word}' is incorrect, please check it")
    return word


class Floating(float):
    """A number with a point or an exponent, and how it was spelled."""
    def __new__(cls, text):
        made = super().__new__(cls, text)
        made.text = text
        return made


def as_double(value):
    """What becomes of a number that the server takes for a double, and of those inside."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: as_double(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_double(item) for item in value]
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 1e21 else number


def as_dynamic(value):
    """A value of a dynamic field as the server keeps it: without a point it is an integer."""
    if isinstance(value, Floating) and "." not in value.text:
        value = int(value) if float(value).is_integer() else 0
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -1 << 63 <= value < 1 << 63 else 0
    return as_double(value)


def text_of(value):
    """As the server reads a field of its schema: whatever was given, as a text."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def parameters(pairs):
    return {pair.key: pair.value for pair in pairs}


def pairs(values):
    return [common.KeyValuePair(key=key, value=value if isinstance(value, str)
                                else json.dumps(value)) for key, value in values.items()]


def floats(values, field):
    dimension = int(parameters(field.type_params)["dim"])
    given = isinstance(values, list) and all(
        isinstance(item, (int, float)) and not isinstance(item, bool) for item in values)
    if not given or len(values) != dimension:
        raise ValueError(f"the field {field.name} takes {dimension} numbers")
    return [float(item) for item in values]


def as_answered(value):
    """JSON comes as its text, an array as the message that it is."""
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, schema.ScalarField):
        return value
    kind = value.WhichOneof("data")
    if kind is None:
        return {"Data": None}
    name = "".join(word.capitalize() for word in kind.split("_"))
    items = list(getattr(value, kind).data)
    return {"Data": {name: {"data": items} if items else {}}}


# A text, which says nothing, or where `not` and a bracket begin.
NOT = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")|(?:\bnot\b\s*|!)\(')
BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[()]')


def closing(expression, at):
    """Where the bracket that opens at a place is closed."""
    depth = 0
    for found in BRACKETS.finditer(expression, at):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.start()
    raise Refusal(INVALID, f"cannot parse expression: {expression}")


# Bytes that one may become where a text id is spelled.
SPELLED_MAX = 3
WORDS_AND_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*')


def spelled_id(text):
    """A text id as the engine is given it: its storage stumbles over apostrophes, its parser over
    line breaks. All that is below an opening bracket is spelled with digits; order is kept."""
    return re.sub(r"[\x00-\x27]", lambda found: " %02x" % ord(found[0]), text)


def read_id(value, kept):
    if not isinstance(value, str):
        return value if kept else str(value)
    return re.sub(r" ([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), value)


def resize_key(made, by, of):
    """Room for a text id as it is spelled, or back."""
    for field in made.fields:
        for pair in field.type_params:
            if field.is_primary_key and pair.key == "max_length":
                pair.value = str(int(pair.value) * by // of)


class Engine:
    """The engine's process. It ends with us, however that happens."""

    def __init__(self, data):
        folder = find_spec("milvus_lite").submodule_search_locations[0] + "/lib"
        socket = f"unix:{data}/engine.sock"
        kernel = ctypes.CDLL(None, use_errno=True)

        def end_with_us():
            kernel.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG

        self.process = subprocess.Popen(
            [folder + "/milvus", data + "/milvus.db", socket, "ERROR"],
            cwd=folder, preexec_fn=end_with_us, stdin=subprocess.DEVNULL,
            env={**os.environ, "LD_LIBRARY_PATH": folder})
        self.channel = grpc.insecure_channel(
            socket, options=[("grpc.max_receive_message_length", -1),
                             ("grpc.max_send_message_length", -1)])
        self.stub = milvus_pb2_grpc.MilvusServiceStub(self.channel)
        grpc.channel_ready_future(self.channel).result(timeout=60)

    def call(self, method, **fields):
        request = getattr(milvus, method + "Request")(**fields)
        answer = getattr(self.stub, method)(request)
        status = getattr(answer, "status", answer)
        if status.code == SEGCORE and method in ("Query", "Search", "Delete"):
            raise Refusal(INVALID, f"failed to create query plan: {status.reason}")
        if status.code or status.error_code:
            raise Refusal(status.code or UNEXPECTED, status.reason)
        return answer


class Collection:
    def __init__(self, engine, name, own, loaded, level):
        self.engine, self.name, self.own, self.loaded = engine, name, own, loaded
        # Its own, and those that reads asked for.
        self.level, self.asked = level, set()
        # The engine's upsert is a delete and an insert: nobody may read between them.
        self.lock, self.loaded_at = threading.RLock(), 0
        self.schema = engine.call("DescribeCollection", collection_name=own).schema
        self.fields = [field for field in self.schema.fields if not field.is_dynamic]
        self.key = next(field for field in self.fields if field.is_primary_key)
        resize_key(self.schema, 1, SPELLED_MAX)

    def call(self, method, **fields):
        with self.lock:
            return self.engine.call(method, collection_name=self.own, **fields)

    # Expressions

    def expression(self, given):
        if self.key.data_type == Type.VarChar:
            given = self.with_spelled_ids(given)
        return self.without_not(given)

    def with_spelled_ids(self, given):
        """Texts that stand behind the key's name, up to the next name."""
        name = ""

        def part(found):
            nonlocal name
            if found[0][0] != '"':
                name = found[0] if found[0] not in ("in", "not") else name
            elif name == self.key.name:
                try:
                    return json.dumps(spelled_id(json.loads(found[0])), ensure_ascii=False)
                except ValueError:
                    raise Refusal(INVALID, f"cannot parse expression: {given}") from None
            return found[0]
        return WORDS_AND_TEXTS.sub(part, given)

    def without_not(self, given):
        """The engine's parser, not its core, lacks `not`: there stands what does not satisfy."""
        at = NOT.search(given)
        while at and at["text"]:
            at = NOT.search(given, at.end())
        if not at:
            return given
        end = closing(given, at.end() - 1)
        inner = self.ids(self.without_not(given[at.end():end]))
        key = self.key.name
        if inner:
            rest = f"({key} not in {json.dumps(inner, ensure_ascii=False)})"
        elif self.key.data_type == Type.Int64:
            rest = f"({key} >= -9223372036854775807)"
        else:
            rest = f'({key} >= "")'
        return given[:at.start()] + rest + self.without_not(given[end + 1:])

    def ids(self, expression):
        columns = self.call("Query", expr=expression, output_fields=[self.key.name]).fields_data
        scalars = columns[0].scalars if columns else schema.ScalarField()
        return list(scalars.long_data.data or scalars.string_data.data)

    def load(self, seconds):
        self.call("LoadCollection")
        self.loaded, self.loaded_at = True, time.monotonic() + seconds

    def load_state(self):
        if not self.loaded:
            return "LoadStateNotLoad"
        return "LoadStateLoaded" if time.monotonic() >= self.loaded_at else "LoadStateLoading"

    def release(self):
        self.call("ReleaseCollection")
        self.loaded = False

    def index(self, field, name, values):
        self.call("CreateIndex", field_name=field, index_name=name, extra_params=pairs(values))

    def indexes(self):
        """Of the first vector, as the server says them."""
        vector = next((field.name for field in self.fields if field.data_type in VECTORS), "")
        try:
            found = self.call("DescribeIndex", field_name=vector).index_descriptions
        except Refusal:
            return []
        return [{"indexName": index.index_name, "fieldName": index.field_name,
                 "metricType": parameters(index.params).get("metric_type", "COSINE")}
                for index in found]

    def describe(self):
        def shown(field):
            made = {"name": field.name, "primaryKey": field.is_primary_key,
                    "partitionKey": field.is_partition_key, "clusteringKey": False,
                    "autoId": field.autoID, "description": field.description,
                    "nullable": field.nullable, "type": Type.Name(field.data_type),
                    "id": field.fieldID}
            if field.type_params:
                made["params"] = [{"key": pair.key, "value": pair.value}
                                  for pair in field.type_params]
            if field.data_type == Type.Array:
                made["elementType"] = Type.Name(field.element_type)
            return made
        return {"collectionName": self.name, "description": self.schema.description,
                "autoId": self.key.autoID, "fields": [shown(field) for field in self.fields],
                "indexes": self.indexes(), "shardsNum": 1, "partitionsNum": 1,
                "consistencyLevel": self.level, "functions": [], "aliases": [], "properties": [],
                "load": self.load_state(),
                "enableDynamicField": self.schema.enable_dynamic_field}

    # Writing

    def column(self, field, values):
        data = schema.FieldData(type=field.data_type, field_name=field.name)
        if field.data_type == Type.FloatVector:
            data.vectors.dim = int(parameters(field.type_params)["dim"])
            for value in values:
                data.vectors.float_vector.data.extend(floats(value, field))
            return data
        if field.data_type == Type.Array:
            data.scalars.array_data.element_type = field.element_type
            for value in values:
                getattr(data.scalars.array_data.data.add(),
                        SCALARS[field.element_type]).data.extend(value)
            return data
        if field.data_type not in SCALARS:
            raise ValueError(f"the shim writes no {Type.Name(field.data_type)}")
        if field.data_type in (Type.Int8, Type.Int16, Type.Int32, Type.Int64):
            values = [int(text_of(value)) for value in values]
        elif field.data_type in (Type.Float, Type.Double):
            values = [float(text_of(value)) for value in values]
        elif field.data_type == Type.JSON:
            values = [text_of(value).encode() for value in values]
        elif field.data_type == Type.VarChar:
            values = [text_of(value) for value in values]
            longest = max(len(value.encode()) for value in values)
            if longest > int(parameters(field.type_params).get("max_length", WINDOW)):
                raise Refusal(INVALID, f"length of varchar field {field.name} exceeds max length")
            if field.is_primary_key:
                values = [spelled_id(value) for value in values]
        getattr(data.scalars, SCALARS[field.data_type]).data.extend(values)
        return data

    def write(self, method, rows, kept):
        if not isinstance(rows, list) or not rows:
            raise Refusal(1802, "Field validation for 'Data' failed on the 'required' tag")
        if not all(isinstance(row, dict) for row in rows):
            raise Refusal(1801, "data must be objects")
        names = {field.name for field in self.fields}
        given = [field for field in self.fields if not field.autoID]
        try:
            columns = [self.column(field, [row.get(field.name) for row in rows])
                       for field in given]
        except ValueError as error:
            raise Refusal(1804, str(error)) from None
        if self.schema.enable_dynamic_field:
            dynamic = schema.FieldData(type=Type.JSON, field_name="$meta", is_dynamic=True)
            for row in rows:
                kept = {key: as_dynamic(value) for key, value in row.items()
                        if key not in names and value is not None}
                if "$meta" in kept:
                    raise Refusal(1804, "use the invalid field name($meta)")
                data = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
                if len(data) > DYNAMIC_BYTES:
                    raise Refusal(INVALID, f"the length ({len(data)}) of dynamic field exceeds "
                                  f"max length ({DYNAMIC_BYTES})")
                dynamic.scalars.json_data.data.append(data)
            columns.append(dynamic)
        elif any(row.keys() - names for row in rows):
            raise Refusal(1804, "has pass more field without dynamic schema, please check it")
        answer = self.call(method, fields_data=columns, num_rows=len(rows))
        ids = answer.IDs.int_id.data or answer.IDs.str_id.data
        word = method.lower()
        count = answer.insert_cnt if method == "Insert" else answer.upsert_cnt
        return {word + "Count": count, word + "Ids": [read_id(own, kept) for own in ids]}

    # Reading

    def rows(self, columns, count, kept):
        """`kept`: integers are numbers; else texts, for a client that cannot read 64 bits."""
        found = [{} for _ in range(count)]
        for column in columns:
            if column.type in VECTORS:
                if column.type != Type.FloatVector:
                    raise Refusal(1805, f"the shim reads no {Type.Name(column.type)}")
                dimension, data = column.vectors.dim, column.vectors.float_vector.data
                for at, row in enumerate(found):
                    row[column.field_name] = list(data[at * dimension:(at + 1) * dimension])
                continue
            data = getattr(column.scalars, column.scalars.WhichOneof("data")).data
            for at, row in enumerate(found):
                if column.is_dynamic or column.field_name == "$meta":
                    row.update(as_double(json.loads(data[at])))
                elif column.valid_data and not column.valid_data[at]:
                    row[column.field_name] = None
                elif column.field_name == self.key.name or column.type == Type.Int64:
                    row[column.field_name] = read_id(data[at], kept)
                else:
                    row[column.field_name] = as_answered(data[at])
        return found

    def query(self, body, kept):
        names = body.get("outputFields", ["*"])
        limit, offset = body.get("limit", 100), body.get("offset", 0)
        counts = [name.strip().lower() for name in names] == ["count(*)"]
        values = {}
        if counts and limit > 0:
            raise Refusal(INVALID, "count entities with pagination is not allowed")
        if limit > 0:
            values["limit"] = str(limit)
            if not 1 <= offset + limit <= WINDOW:
                raise Refusal(UNEXPECTED, "invalid max query result window, (offset+limit) should "
                              f"be in range [1, {WINDOW}], but got {offset + limit}")
        if offset > 0:
            values["offset"] = str(offset)
        if not body.get("filter") and "limit" not in values and not counts:
            raise Refusal(INVALID, "empty expression should be used with limit")
        answer = self.call("Query", expr=self.expression(body.get("filter", "")),
                           output_fields=names,
                           query_params=pairs(values))
        if counts:
            count = answer.fields_data[0].scalars.long_data.data[0]
            return [{"count(*)": read_id(count, kept)}]
        first = next((column for column in answer.fields_data
                      if column.field_name == self.key.name), None)
        if first is None:
            return []
        data = first.scalars.long_data.data or first.scalars.string_data.data
        wanted = names if "*" not in names else None
        return [row if wanted is None else
                {name: value for name, value in row.items() if name in wanted}
                for row in self.rows(answer.fields_data, len(data), kept)]

    def search(self, body, kept):
        using, limit = body.get("annsField", ""), body.get("limit", 100)
        vectors = [field for field in self.fields if field.data_type in VECTORS]
        chosen = [field for field in vectors if using in ("", field.name)]
        if not chosen:
            raise Refusal(1801, f"cannot find a vector field named: {using}")
        if len(chosen) > 1:
            raise Refusal(1801, "search without annsField, but already found multiple vector "
                          f"fields: [{', '.join(field.name for field in chosen)},,,]")
        if not 1 <= limit <= WINDOW:
            raise Refusal(UNEXPECTED, f"topk [{limit}] is invalid, it should be in range "
                          f"[1, {WINDOW}], but got {limit}")
        try:
            wanted = [floats(vector, chosen[0]) for vector in body["data"]]
        except ValueError as error:
            raise Refusal(1801, str(error)) from None
        group = common.PlaceholderGroup(placeholders=[common.PlaceholderValue(
            tag="$0", type=common.PlaceholderType.FloatVector,
            values=[struct.pack(f"<{len(vector)}f", *vector) for vector in wanted])])
        metric = next((index["metricType"] for index in self.indexes()
                       if index["fieldName"] == chosen[0].name), "COSINE")
        found = self.call(
            "Search", dsl=self.expression(body.get("filter", "")), nq=1,
            dsl_type=common.DslType.BoolExprV1, placeholder_group=group.SerializeToString(),
            output_fields=body.get("outputFields", []),
            search_params=pairs({
                "anns_field": chosen[0].name, "topk": str(limit), "metric_type": metric,
                "params": (body.get("searchParams") or {}).get("params", {}),
                "round_decimal": "-1", "offset": str(body.get("offset", 0))})).results
        ids = found.ids.int_id.data or found.ids.str_id.data
        rows = self.rows([column for column in found.fields_data
                          if column.field_name != self.key.name], len(ids), kept)
        # Whatever the key is called in its schema.
        return [{**row, "id": read_id(own, kept), "distance": score}
                for row, own, score in zip(rows, ids, found.scores)]
