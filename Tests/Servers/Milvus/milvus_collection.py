"""Makes a Milvus collection with ids of its own and loads it: 2.3's REST cannot.

usage: milvus_collection.py PORT NAME DIMENSION int|text METRIC [FIELD:TYPE…]
Speaks gRPC with messages written by hand (milvus-proto's numbers), so that grpcio is all it needs.
"""
import sys
import time
import urllib.request

import grpc

INT64, VARCHAR, FLOAT_VECTOR = 5, 21, 101
TYPES = {"bool": 1, "int8": 2, "int16": 3, "int32": 4, "int64": INT64, "float": 10, "double": 11,
         "varchar": VARCHAR, "json": 23}


def varint(value):
    out = b""
    while True:
        value, byte = value >> 7, value & 127
        out += bytes([byte | (128 if value else 0)])
        if not value:
            return out


def field(number, value):
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(int(value))


def pair(key, value):
    return field(1, key) + field(2, value)


def scalar(declared):
    name, kind = declared.split(":")
    size = field(6, pair("max_length", "2048")) if kind == "varchar" else b""
    return field(4, field(2, name) + field(5, TYPES[kind]) + size)


def main(port, name, dimension, kind, metric, *fields):
    channel = grpc.insecure_channel("127.0.0.1:" + port)

    def call(method, message):
        answer = channel.unary_unary("/milvus.proto.milvus.MilvusService/" + method)(message)
        # Status: error_code 1, reason 2. Nothing at all is success.
        if answer[:1] == b"\x08" and answer[1] != 0 or b"\x18" == answer[:1] and answer[1] != 0:
            sys.exit(f"{method}: {answer!r}")

    if kind == "int":
        key = field(2, "id") + field(3, 1) + field(5, INT64)
    else:
        key = field(2, "id") + field(3, 1) + field(5, VARCHAR) + field(6, pair("max_length", "2048"))
    vector = field(2, "vector") + field(5, FLOAT_VECTOR) + field(6, pair("dim", dimension))
    others = b"".join(scalar(declared) for declared in fields)
    schema = field(1, name) + field(4, key) + field(4, vector) + others + field(5, 1)
    call("CreateCollection", field(3, name) + field(4, schema) + field(5, 1))
    call(
        "CreateIndex",
        field(3, name) + field(4, "vector") + field(5, pair("index_type", "HNSW"))
        + field(5, pair("metric_type", metric))
        + field(5, pair("params", '{"M":16,"efConstruction":100}')) + field(6, "vector"),
    )
    call("LoadCollection", field(3, name) + field(4, 1))
    address = f"http://127.0.0.1:{port}/v1/vector/collections/describe?collectionName={name}"
    for _ in range(1500):
        with urllib.request.urlopen(address, timeout=60) as answer:
            if b"LoadStateLoaded" in answer.read():
                return
        time.sleep(0.1)
    sys.exit(f"'{name}' is not loaded after 150 s")


main(*sys.argv[1:])
