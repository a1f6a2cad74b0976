#!/usr/bin/env python3
"""milvus_shim.py DATADIR PORT: Milvus's engine behind our shim. Not the Milvus server.

The engine is the real one: the process of PyPI's milvus-lite (the C++ core of Milvus 2.5: its
expressions, segments, search), asked over gRPC with the messages that pymilvus brings along. The
REST shapes, `/v2/vectordb/…`, are ours, after Milvus's public documentation and after what the
handlers of its own server do with numbers, limits and errors. Ours alone are:

- names: the engine knows a collection by another, which stays, so that it can be renamed;
- text ids: what is below an opening bracket in them is spelled with digits, since the engine's
  storage breaks at an apostrophe and its parser at a line break;
- `not` in an expression, which the engine's parser lacks: what is inside is asked for first;
- `shim/levels`: the levels of consistency that a collection's reads asked for. A read that asks for
  none is refused, where a server takes the collection's own, so that none of ours leaves it out;
- whether a collection is loaded, and that one made twice alike is one and made otherwise an error;
- the checks of what a request must have, and all codes and words of errors that are not of an
  expression.

As a server does that is older than 2.5.5, it takes no notice of a collection's `description`; as
the first of 2.4, it counts nothing where a limit is given or left out.
There is one database, nothing of partitions, users and imports, and no read lags: the engine's
reads see every write. `version` 1 of the API is absent here, though a server has it still.

MILVUS_QUERY_LEVELS=0 passes over the level that a query asks for, as a server does before 2.5.12.
MILVUS_TOKEN=TOKEN asks for that bearer token. MILVUS_LOAD_S=1 lets the loading of a collection
take a second, which a request does not wait for.
"""
import json
import os
import re
import signal
import subprocess
import sys
import threading
import traceback
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc

from milvus_engine import (
    INVALID, NOT_FOUND, NOT_FULLY_LOADED, NOT_LOADED, SPELLED_MAX, UNEXPECTED, Collection, Engine,
    Floating, Refusal, Type, consistency_level, pairs, parameters, resize_key, schema)


class Shim:
    def __init__(self, data):
        os.makedirs(data, exist_ok=True)
        self.data, self.engine, self.lock = data, Engine(data), threading.RLock()
        self.collections = {}
        if os.path.exists(data + "/names.json"):
            with open(data + "/names.json") as file:
                for name, values in json.load(file).items():
                    self.collections[name] = Collection(self.engine, name, *values)

    def save(self):
        with open(self.data + "/names.next", "w") as file:
            json.dump({name: [found.own, found.loaded, found.level]
                       for name, found in self.collections.items()}, file)
        os.replace(self.data + "/names.next", self.data + "/names.json")

    def found(self, body):
        with self.lock:
            found = self.collections.get(body["collectionName"])
        if found is None:
            raise Refusal(NOT_FOUND, "can't find collection[database=default]"
                          f"[collection={body['collectionName']}]")
        return found

    def loaded(self, body):
        found = self.found(body)
        if found.load_state() == "LoadStateLoading":
            raise Refusal(NOT_FULLY_LOADED, "collection not fully loaded")
        if not found.loaded:
            raise Refusal(NOT_LOADED, f"collection not loaded[collection={found.name}]")
        return found

    def create(self, body, kept):
        wanted, indexes = create_request(body)
        level = consistency_level((body.get("params") or {}).get("consistencyLevel", "Bounded"))
        with self.lock:
            held = self.collections.get(body["collectionName"])
            if held is not None:
                if not is_alike(held.schema, wanted):
                    raise Refusal(UNEXPECTED, "create duplicate collection with different "
                                  f"parameters, collection: {held.name}")
                return {}
            own = wanted.name = "c" + uuid.uuid4().hex
            resize_key(wanted, SPELLED_MAX, 1)
            self.engine.call("CreateCollection", collection_name=own, shards_num=1,
                             schema=wanted.SerializeToString())
            made = Collection(self.engine, body["collectionName"], own, False, level)
            self.collections[made.name] = made
            self.save()
            for field, name, values in indexes:
                if field not in {known.name for known in made.fields}:
                    raise Refusal(1802, f"`{field}` hasn't defined in schema")
                made.index(field, name, values)
            if indexes:
                made.load(LOAD_S)
            self.save()
        return {}

    def drop(self, body, kept):
        with self.lock:
            found = self.collections.pop(body["collectionName"], None)
            if found:
                found.call("DropCollection")
                self.save()
        return {}

    def rename(self, body, kept):
        with self.lock:
            found, name = self.found(body), body["newCollectionName"]
            if name in self.collections:
                raise Refusal(UNEXPECTED, f"duplicated new collection name default:{name} with "
                              "other collection name or alias")
            del self.collections[found.name]
            found.name = name
            self.collections[name] = found
            self.save()
        return {}

    def change(self, body, load):
        with self.lock:
            found = self.found(body)
            found.load(LOAD_S) if load else found.release()
            self.save()
        return {}

    def upsert(self, body, kept):
        found = self.found(body)
        if found.key.autoID:
            raise Refusal(INVALID, "cannot upsert an autoID collection: invalid parameter"
                          "[expected=autoID: false][actual=autoID: true]")
        return found.write("Upsert", body["data"], kept)

    def query(self, body, kept):
        self.ask(body, QUERY_LEVELS)
        return self.loaded(body).query(body, kept)

    def search(self, body, kept):
        self.ask(body, True)
        return self.loaded(body).search(body, kept)

    def ask(self, body, heeds_level):
        found, level = self.found(body), body["consistencyLevel"]
        found.asked.add(consistency_level(level) if heeds_level else str(level))

    def delete(self, body, kept):
        found = self.loaded(body)
        deleted = found.call("Delete", expr=found.expression(body["filter"]))
        return {"deleteCount": deleted.delete_cnt}


def create_request(body):
    """The schema, and what is to be indexed as (field, name, parameters)."""
    made = schema.CollectionSchema(name=body["collectionName"])
    given = body.get("schema") or {}
    if not given.get("fields"):
        if not body.get("dimension"):
            raise Refusal(INVALID, "dimension is required for quickly create collection")
        key, vector = body.get("primaryFieldName") or "id", body.get("vectorFieldName") or "vector"
        made.enable_dynamic_field = True
        made.fields.add(name=key, is_primary_key=True, data_type=Type.Int64,
                        autoID=bool(body.get("autoID")))
        made.fields.add(name=vector, data_type=Type.FloatVector,
                        type_params=pairs({"dim": str(body["dimension"])}))
        return made, [(vector, vector, {"metric_type": body.get("metricType") or "COSINE",
                                        "index_type": "AUTOINDEX"})]
    folded = {key.lower(): value for key, value in given.items()}
    made.enable_dynamic_field = bool(folded.get("enabledynamicfield"))
    for field in given["fields"]:
        if field["dataType"] not in Type.keys():
            raise Refusal(INVALID, f"data type {field['dataType']} is invalid(case sensitive).")
        values = {key: str(value) for key, value in (field.get("elementTypeParams") or {}).items()}
        made.fields.add(
            name=field["fieldName"], is_primary_key=bool(field.get("isPrimary")),
            data_type=Type.Value(field["dataType"]), nullable=bool(field.get("nullable")),
            element_type=Type.Value(field.get("elementDataType") or "None"),
            autoID=bool(field.get("isPrimary") and folded.get("autoid")),
            type_params=pairs(values))
    indexes = [
        (index["fieldName"], index.get("indexName") or index["fieldName"],
         {"index_type": index.get("indexType") or "AUTOINDEX",
          "metric_type": index.get("metricType") or "COSINE", "params": index.get("params") or {}})
        for index in body.get("indexParams") or []]
    return made, indexes


def is_alike(held, wanted):
    def shape(made):
        return made.enable_dynamic_field, [
            (field.name, field.is_primary_key, field.data_type, field.autoID,
             sorted(parameters(field.type_params).items()))
            for field in made.fields if not field.is_dynamic]
    return shape(held) == shape(wanted)


# What each call must have, and what answers it; `kept`: with integers as numbers.
NAME = ["collectionName"]
READ = NAME + ["consistencyLevel"]
CALLS = {
    "collections/list": ([], lambda shim, body, kept: sorted(shim.collections)),
    "collections/has": (NAME, lambda shim, body, kept: {
        "has": body["collectionName"] in shim.collections}),
    "collections/describe": (NAME, lambda shim, body, kept: shim.found(body).describe()),
    "collections/create": (NAME, Shim.create),
    "collections/drop": (NAME, Shim.drop),
    "collections/rename": (NAME + ["newCollectionName"], Shim.rename),
    "collections/load": (NAME, lambda shim, body, kept: shim.change(body, True)),
    "collections/release": (NAME, lambda shim, body, kept: shim.change(body, False)),
    "entities/query": (READ, Shim.query),
    "entities/search": (READ + ["data"], Shim.search),
    "entities/insert": (NAME + ["data"], lambda shim, body, kept: (
        shim.found(body).write("Insert", body["data"], kept))),
    "entities/upsert": (NAME + ["data"], Shim.upsert),
    "entities/delete": (NAME + ["filter"], Shim.delete),
    "shim/levels": (NAME, lambda shim, body, kept: sorted(shim.found(body).asked)),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 20
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def respond(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length) if length else b""
        status, kind = 200, "application/json; charset=utf-8"
        try:
            path = re.fullmatch(r"/v2/vectordb/(\w+/\w+)", self.path)
            if self.command != "POST" or not path or path[1] not in CALLS:
                raise Refusal(404, "404 page not found", status=404)
            answer = {"code": 0, "data": self.answer(path[1], raw), "cost": 0}
        except Refusal as error:
            status, answer = error.status, {"code": error.code, "message": str(error)}
        except grpc.RpcError as error:
            answer = {"code": UNEXPECTED, "message": str(error)}
        except Exception:
            traceback.print_exc()
            status, answer = 500, {"code": 500}
        body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        if status == 404:
            kind, body = "text/plain", b"404 page not found"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def answer(self, path, raw):
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if TOKEN and given != TOKEN:
            raise Refusal(1800, status=401)
        try:
            body = json.loads(raw, parse_float=Floating)
        except ValueError as error:
            raise Refusal(1801, str(error)) from None
        if not isinstance(body, dict):
            raise Refusal(1801, "the request body should be an object")
        if body.get("dbName") not in (None, "", "default"):
            raise Refusal(800, f"database not found, database: {body['dbName']}")
        required, call = CALLS[path]
        for name in required:
            if not body.get(name):
                raise Refusal(1802, f"Field validation for '{name}' failed on the 'required' tag")
        kept = self.headers.get("Accept-Type-Allow-Int64", "true").lower() != "false"
        return call(SHIM, body, kept)

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = respond


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def stop(*_):
    raise SystemExit(0)


if __name__ == "__main__":
    QUERY_LEVELS = os.environ.get("MILVUS_QUERY_LEVELS") != "0"
    TOKEN, LOAD_S = os.environ.get("MILVUS_TOKEN"), float(os.environ.get("MILVUS_LOAD_S", 0))
    SHIM = Shim(os.path.abspath(sys.argv[1]))
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        Server(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
    finally:
        SHIM.engine.process.terminate()
        try:
            SHIM.engine.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            SHIM.engine.process.kill()
        # Requests that still wait are not waited for.
        os._exit(0)
