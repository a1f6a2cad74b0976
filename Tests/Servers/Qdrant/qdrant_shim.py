#!/usr/bin/env python3
"""qdrant_shim.py DATADIR PORT: Qdrant's engine behind our shim. Not the Qdrant server.

The engine is the real one (PyPI qdrant-edge-py: segments, WAL, HNSW, filters, scroll). The REST
shapes are ours, after Qdrant's public OpenAPI document; every request and answer is checked
against it (openapi.json, beside this file) unless QDRANT_CHECK=0. There is no cluster, no gRPC, no
background optimizer: an index is built when indexing_threshold is set.

QDRANT_API_KEY=KEY asks for that key. QDRANT_OLD=1 behaves as before 1.10: no /points/query.
One thing is not the engine's: its Python binding takes true for 1, so a match of a boolean is
worked out here.
"""
import json
import os
import re
import shutil
import signal
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import qdrant_edge as q

try:
    from orjson import dumps, loads
except ImportError:
    loads = json.loads

    def dumps(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

from openapi_check import Checker

DISTANCES = {name: getattr(q.Distance, name) for name in ("Cosine", "Euclid", "Dot", "Manhattan")}
HNSW = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000, "max_indexing_threads": 0,
        "on_disk": False}
OPTIMIZERS = {"deleted_threshold": 0.2, "vacuum_min_vector_number": 1000,
              "default_segment_number": 0, "max_segment_size": None, "memmap_threshold": None,
              "indexing_threshold": 20000, "flush_interval_sec": 5,
              "max_optimization_threads": None}
UPDATE = q.UpdateOperation


class Refusal(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def point_id(value):
    bad = Refusal(400, "Format error in JSON body: value %s is not a valid point ID, valid values "
                  "are either an unsigned integer or a UUID" % json.dumps(value))
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise bad
    if isinstance(value, int):
        if not 0 <= value < 1 << 64:
            raise bad
        return value
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise bad from None


def shown_id(value):
    return value if isinstance(value, int) else str(value)


def hnsw(diff):
    if not diff:
        return None
    full = {**HNSW, **diff}
    return q.HnswIndexConfig(full["m"], full["ef_construct"], full["full_scan_threshold"],
                             on_disk=full.get("on_disk"), payload_m=full.get("payload_m"))


def edge_config(body):
    def dense(params):
        types = {"float16": q.VectorStorageDatatype.Float16,
                 "uint8": q.VectorStorageDatatype.Uint8}
        return q.EdgeVectorParams(
            size=params["size"], distance=DISTANCES[params["distance"]],
            datatype=types.get(params.get("datatype")),
            hnsw_config=hnsw({**(body.get("hnsw_config") or {}),
                              **(params.get("hnsw_config") or {})}))

    vectors = body.get("vectors") or {}
    dense_vectors = (dense(vectors) if "size" in vectors
                     else {name: dense(params) for name, params in vectors.items()})
    sparse = {name: q.EdgeSparseVectorParams() for name in body.get("sparse_vectors") or {}}
    threshold = (body.get("optimizers_config") or {}).get("indexing_threshold")
    return q.EdgeConfig(
        vectors=dense_vectors or None, sparse_vectors=sparse or None,
        optimizers=q.EdgeOptimizersConfig(indexing_threshold=threshold))


def vectors_in(value):
    if not isinstance(value, dict):
        return value
    return {name: q.SparseVector(indices=part["indices"], values=part["values"])
            if isinstance(part, dict) else part for name, part in value.items()}


def vectors_out(value):
    if not isinstance(value, dict):
        return value
    named = {name: {"indices": list(part.indices), "values": list(part.values)}
             if isinstance(part, q.SparseVector) else part for name, part in value.items()}
    return named[""] if list(named) == [""] else named


def record(found, scored=False):
    shown = {"id": shown_id(found.id)}
    if scored:
        shown.update(version=found.version, score=found.score)
    if found.payload is not None:
        shown["payload"] = found.payload
    if found.vector is not None:
        shown["vector"] = vectors_out(found.vector)
    return shown


PART = re.compile(r'"([^"]*)"|([^."\[\]]+)')


def values_at(payload, path):
    """What a path leads to, as the engine sees it: `a."b c".d[]`."""
    values, at = [payload], 0
    while at < len(path):
        if path[at] == ".":
            at += 1
        elif path.startswith("[]", at):
            values = [item for value in values if isinstance(value, list) for item in value]
            at += 2
        else:
            part = PART.match(path, at)
            if not part:
                raise Refusal(400, f"Format error in JSON body: invalid path '{path}'")
            name = part[1] if part[1] is not None else part[2]
            values = [value[name] for value in values if isinstance(value, dict) and name in value]
            at = part.end()
    return values


class Collection:
    def __init__(self, folder, name, body=None):
        self.folder, self.lock, self.busy = folder, threading.RLock(), False
        if body is None:
            with open(folder + "/body.json") as file:
                saved = json.load(file)
            self.name, self.body, self.indexes = saved["name"], saved["body"], saved["indexes"]
            self.shard = q.EdgeShard.load(folder + "/shard")
        else:
            self.name, self.body, self.indexes = name, body, {}
            os.makedirs(folder)
            try:
                self.shard = q.EdgeShard.create(folder + "/shard", edge_config(body))
            except Exception:
                shutil.rmtree(folder)
                raise
            self.save()

    def save(self):
        with open(self.folder + "/body.json", "w") as file:
            json.dump({"name": self.name, "body": self.body, "indexes": self.indexes}, file)

    def update(self, operation):
        with self.lock:
            self.shard.update(operation)

    def reconfigure(self, diff):
        """Sets parameters; where an index may now be built it is, in a thread of its own."""
        with self.lock:
            for key in ("hnsw_config", "optimizers_config", "quantization_config"):
                if diff.get(key):
                    self.body[key] = {**(self.body.get(key) or {}), **diff[key]}
            vectors = self.body.get("vectors") or {}
            for name, part in (diff.get("vectors") or {}).items():
                own = vectors if "size" in vectors and name == "" else vectors.get(name)
                if own is None:
                    raise Refusal(400, f"Wrong input: Not existing vector name error: {name}")
                own["hnsw_config"] = {**(own.get("hnsw_config") or {}),
                                      **(part.get("hnsw_config") or {})}
            self.save()
            self.shard.close()
            self.shard = q.EdgeShard.load(self.folder + "/shard", edge_config(self.body))
            if (self.body.get("optimizers_config") or {}).get("indexing_threshold", 20000):
                self.busy = True
                threading.Thread(target=self.optimize, daemon=True).start()

    def optimize(self):
        with self.lock:
            try:
                self.shard.optimize()
            finally:
                self.busy = False

    def info(self):
        shard, body = self.shard.info(), self.body
        params = {"vectors": body.get("vectors") or {}, "on_disk_payload": True}
        for key, fallback in (("shard_number", 1), ("replication_factor", 1),
                              ("write_consistency_factor", 1), ("on_disk_payload", True)):
            params[key] = body.get(key, fallback)
        for key in ("sparse_vectors", "sharding_method"):
            if body.get(key):
                params[key] = body[key]
        schema = {}
        for field, given in self.indexes.items():
            kind = given if isinstance(given, str) else given["type"]
            schema[field] = {"data_type": kind, "points": 0}
            if isinstance(given, dict):
                schema[field]["params"] = given
        return {
            "status": "yellow" if self.busy else "green", "optimizer_status": "ok",
            "indexed_vectors_count": shard.indexed_vectors_count,
            "points_count": shard.points_count, "segments_count": shard.segments_count,
            "config": {
                "params": params, "hnsw_config": {**HNSW, **(body.get("hnsw_config") or {})},
                "optimizer_config": {**OPTIMIZERS, **(body.get("optimizers_config") or {})},
                "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0},
                "quantization_config": body.get("quantization_config")},
            "payload_schema": schema}

    # Filters

    def filter(self, given):
        if not given:
            return None

        def conditions(part):
            if part is None:
                return None
            return [self.condition(one) for one in (part if isinstance(part, list) else [part])]
        least = given.get("min_should")
        return q.Filter(must=conditions(given.get("must")), should=conditions(given.get("should")),
                        must_not=conditions(given.get("must_not")),
                        min_should=least and q.MinShould(
                            conditions(least["conditions"]), least["min_count"]))

    def condition(self, given):
        if "has_id" in given:
            return q.HasIdCondition({point_id(value) for value in given["has_id"]})
        if "is_empty" in given:
            return q.IsEmptyCondition(given["is_empty"]["key"])
        if "is_null" in given:
            return q.IsNullCondition(given["is_null"]["key"])
        if "match" in given:
            match = given["match"]
            if isinstance(match.get("value"), bool):
                return self.match_bool(given["key"], match["value"])
            for key, kind in (("value", q.MatchValue), ("any", q.MatchAny),
                              ("except", q.MatchExcept), ("text", q.MatchText),
                              ("phrase", q.MatchPhrase), ("text_any", q.MatchTextAny)):
                if key in match:
                    return q.FieldCondition(given["key"], match=kind(match[key]))
        if "range" in given:
            bounds = {key: given["range"].get(key) for key in ("gte", "gt", "lte", "lt")}
            kind = q.RangeDateTime if any(isinstance(bound, str) for bound in bounds.values()) \
                else q.RangeFloat
            return q.FieldCondition(given["key"], range=kind(**bounds))
        if "values_count" in given:
            bounds = {key: given["values_count"].get(key) for key in ("gte", "gt", "lte", "lt")}
            return q.FieldCondition(given["key"], values_count=q.ValuesCount(**bounds))
        if "nested" in given:
            nested = given["nested"]
            return q.NestedCondition(nested["key"], self.filter(nested["filter"]))
        if "has_vector" in given:
            return q.HasVectorCondition(given["has_vector"])
        if any(key in given for key in ("must", "should", "must_not", "min_should")):
            return self.filter(given)
        raise Refusal(400, "Format error in JSON body: no such condition here")

    def match_bool(self, path, wanted):
        ids, offset = set(), None
        while True:
            points, offset = self.shard.scroll(
                q.ScrollRequest(offset=offset, limit=1000, with_payload=True, with_vector=False))
            for point in points:
                found = values_at(point.payload or {}, path)
                found += [item for value in found if isinstance(value, list) for item in value]
                if any(value is wanted for value in found):
                    ids.add(point.id)
            if offset is None:
                return q.HasIdCondition(ids)

    # Points

    def upsert(self, body):
        given = body.get("points")
        if given is None:
            batch = body["batch"]
            ids, vectors = batch["ids"], batch["vectors"]
            payloads = batch.get("payloads") or [None] * len(ids)
            rows = ([{name: column[row] for name, column in vectors.items()
                      if column[row] is not None} for row in range(len(ids))]
                    if isinstance(vectors, dict) else vectors)
            given = [{"id": one, "vector": vector, "payload": payload}
                     for one, vector, payload in zip(ids, rows, payloads)]
        points = [q.Point(point_id(point["id"]), vectors_in(point["vector"]),
                          point.get("payload") or {}) for point in given]
        options = {}
        if body.get("update_filter") is not None:
            options["condition"] = self.filter(body["update_filter"])
        self.update(UPDATE.upsert_points(points, **options))

    def by_ids_or_filter(self, body, by_ids, by_filter, *parts):
        if body.get("filter") is not None:
            return self.update(by_filter(self.filter(body["filter"]) or q.Filter(), *parts))
        return self.update(by_ids([point_id(i) for i in body["points"]], *parts))

    def delete(self, body):
        self.by_ids_or_filter(body, UPDATE.delete_points, UPDATE.delete_points_by_filter)

    def set_payload(self, body):
        parts = [body["payload"]] + ([body["key"]] if body.get("key") else [])
        self.by_ids_or_filter(body, UPDATE.set_payload, UPDATE.set_payload_by_filter, *parts)

    def overwrite_payload(self, body):
        self.by_ids_or_filter(body, UPDATE.overwrite_payload, UPDATE.overwrite_payload_by_filter,
                              body["payload"])

    def delete_payload(self, body):
        self.by_ids_or_filter(body, UPDATE.delete_payload, UPDATE.delete_payload_by_filter,
                              body["keys"])

    def clear_payload(self, body):
        self.by_ids_or_filter(body, UPDATE.clear_payload, UPDATE.clear_payload_by_filter)

    def update_vectors(self, body):
        self.update(UPDATE.update_vectors(
            [q.PointVectors(point_id(point["id"]), vectors_in(point["vector"]))
             for point in body["points"]]))

    def delete_vectors(self, body):
        self.by_ids_or_filter(body, UPDATE.delete_vectors, UPDATE.delete_vectors_by_filter,
                              body["vector"])

    def scroll(self, body):
        offset = body.get("offset")
        points, following = self.shard.scroll(q.ScrollRequest(
            offset=None if offset is None else point_id(offset), limit=body.get("limit", 10),
            filter=self.filter(body.get("filter")),
            with_payload=payload_wanted(body.get("with_payload"), True),
            with_vector=body.get("with_vector") or False))
        return {"points": [record(point) for point in points],
                "next_page_offset": None if following is None else shown_id(following)}

    def nearest(self, wanted, using, without):
        """A query by vector or by point; of a point that itself is left out."""
        if isinstance(wanted, dict) and "nearest" in wanted:
            wanted = wanted["nearest"]
        if isinstance(wanted, dict) and "sample" in wanted:
            return q.Sample.Random
        if isinstance(wanted, dict) and "fusion" in wanted:
            return q.Fusion.Rrf(2) if wanted["fusion"] == "rrf" else q.Fusion.Dbsf()
        if isinstance(wanted, (int, str)):
            found = self.shard.retrieve([point_id(wanted)], with_vector=True, with_payload=False)
            if not found:
                raise Refusal(404, f"Not found: No point with id {wanted} found")
            without.append(point_id(wanted))
            vector = vectors_out(found[0].vector)
            wanted = vector[using] if using else vector
        if isinstance(wanted, dict):
            wanted = q.SparseVector(indices=wanted["indices"], values=wanted["values"])
        return q.Query.Nearest(wanted, using=using)

    def prefetch(self, body):
        return q.Prefetch(
            limit=body.get("limit", 10), filter=self.filter(body.get("filter")),
            query=self.nearest(body["query"], body.get("using"), []),
            score_threshold=body.get("score_threshold"))

    def query(self, body, wanted, using):
        without, params = [], body.get("params") or {}
        query = None if wanted is None else self.nearest(wanted, using, without)
        given = body.get("filter")
        if without:
            others = {"must_not": [{"has_id": [shown_id(one) for one in without]}]}
            given = {"must": [given, others]} if given else others
        prefetches = body.get("prefetch") or []
        prefetches = prefetches if isinstance(prefetches, list) else [prefetches]
        found = self.shard.query(q.QueryRequest(
            limit=body.get("limit", 10), offset=body.get("offset") or 0, query=query,
            prefetches=[self.prefetch(one) for one in prefetches], filter=self.filter(given),
            with_payload=payload_wanted(body.get("with_payload"), False),
            with_vector=body.get("with_vector") or False,
            score_threshold=body.get("score_threshold"),
            params=q.SearchParams(hnsw_ef=params.get("hnsw_ef"),
                                  exact=params.get("exact") or False)))
        return [record(point, scored=True) for point in found]

    def search(self, body):
        wanted, using = body["vector"], None
        if isinstance(wanted, dict) and "name" in wanted:
            using, wanted = wanted["name"], wanted["vector"]
        return self.query(body, wanted, using)

    def facet(self, body):
        found = self.shard.facet(q.FacetRequest(
            body["key"], body.get("limit", 10), body.get("exact", False),
            self.filter(body.get("filter"))))
        return {"hits": [{"value": hit.value, "count": hit.count} for hit in found.hits]}


def payload_wanted(given, fallback):
    if given is None or isinstance(given, bool):
        return fallback if given is None else given
    if isinstance(given, list):
        return q.PayloadSelector.Include(given)
    if given.get("include") is not None:
        return q.PayloadSelector.Include(given["include"])
    return q.PayloadSelector.Exclude(given["exclude"])


class Shim:
    def __init__(self, data):
        self.data, self.lock, self.collections, self.operation = data, threading.RLock(), {}, 0
        self.aliases = {}
        os.makedirs(data, exist_ok=True)
        for entry in sorted(os.listdir(data)):
            if os.path.exists(f"{data}/{entry}/body.json"):
                found = Collection(f"{data}/{entry}", None)
                self.collections[found.name] = found

    def updated(self):
        with self.lock:
            self.operation += 1
            return {"operation_id": self.operation, "status": "completed"}

    def answer(self, method, path, body):
        """The value of `result`, and the document's name for this path."""
        if path == "/collections" and method == "GET":
            return {"collections": [{"name": name} for name in sorted(self.collections)]}, path
        if path == "/aliases":
            return {"aliases": self.alias_list()}, path
        if path == "/collections/aliases" and method == "POST":
            return self.change_aliases(body["actions"]), path
        parts = re.match(r"^/collections/([^/]+)(/.*)?$", path)
        if not parts:
            raise Refusal(404, "")
        name, rest = unquote(parts[1]), parts[2] or ""
        shape = "/collections/{collection_name}" + rest
        with self.lock:
            if rest == "":
                made = self.make_or_drop(method, name, body)
                if made is not None:
                    return made, shape
            found = self.collections.get(self.aliases.get(name, name))
        if rest == "/exists":
            return {"exists": found is not None}, shape
        if found is None:
            raise Refusal(404, f"Not found: Collection `{name}` doesn't exist!")
        if rest == "":
            if method == "PATCH":
                found.reconfigure(body)
                return True, shape
            return found.info(), shape
        if rest == "/aliases":
            return {"aliases": self.alias_list(found.name)}, shape
        one = re.match(r"^/(points|index)/([^/]+)$", rest)
        if one and method == "GET" and one[1] == "points":
            wanted = unquote(one[2])
            ids = [point_id(int(wanted) if wanted.isdigit() else wanted)]
            points = found.shard.retrieve(ids, with_payload=True, with_vector=True)
            if not points:
                raise Refusal(404, f"Not found: Point with id {wanted} does not exists!")
            return record(points[0]), "/collections/{collection_name}/points/{id}"
        if one and method == "DELETE" and one[1] == "index":
            found.update(UPDATE.delete_field_index(unquote(one[2])))
            found.indexes.pop(unquote(one[2]), None)
            found.save()
            return self.updated(), "/collections/{collection_name}/index/{field_name}"
        return self.points(found, method, rest, body), shape

    def alias_list(self, of=None):
        return [{"alias_name": alias, "collection_name": name}
                for alias, name in sorted(self.aliases.items()) if of in (None, name)]

    def change_aliases(self, actions):
        with self.lock:
            for action in actions:
                (kind, part), = action.items()
                if kind == "create_alias":
                    self.aliases[part["alias_name"]] = part["collection_name"]
                elif kind == "delete_alias":
                    self.aliases.pop(part["alias_name"], None)
                else:
                    self.aliases[part["new_alias_name"]] = self.aliases.pop(part["old_alias_name"])
        return True

    def make_or_drop(self, method, name, body):
        if method == "PUT":
            if name in self.collections:
                raise Refusal(409, f"Wrong input: Collection `{name}` already exists!")
            folder = f"{self.data}/{uuid.uuid4().hex}"
            self.collections[name] = Collection(folder, name, body)
            return True
        if method == "DELETE":
            found = self.collections.pop(name, None)
            if found:
                with found.lock:
                    found.shard.close()
                shutil.rmtree(found.folder)
                self.aliases = {alias: of for alias, of in self.aliases.items() if of != name}
            return bool(found)
        return None

    def points(self, found, method, rest, body):
        changes = {
            ("PUT", "/points"): found.upsert, ("POST", "/points/delete"): found.delete,
            ("POST", "/points/payload"): found.set_payload,
            ("PUT", "/points/payload"): found.overwrite_payload,
            ("POST", "/points/payload/clear"): found.clear_payload,
            ("POST", "/points/vectors/delete"): found.delete_vectors,
            ("POST", "/points/payload/delete"): found.delete_payload,
            ("PUT", "/points/vectors"): found.update_vectors}
        if (method, rest) in changes:
            changes[method, rest](body)
            return self.updated()
        if rest == "/index" and method == "PUT":
            given = body["field_schema"]
            kind = given if isinstance(given, str) else given["type"]
            found.update(UPDATE.create_field_index(
                body["field_name"], getattr(q.PayloadSchemaType, kind.capitalize())))
            found.indexes[body["field_name"]] = given
            found.save()
            return self.updated()
        if method != "POST":
            raise Refusal(404, "")
        if rest == "/points":
            ids = [point_id(value) for value in body["ids"]]
            return [record(point) for point in found.shard.retrieve(
                ids, with_payload=payload_wanted(body.get("with_payload"), True),
                with_vector=body.get("with_vector") or False)]
        if rest == "/points/scroll":
            return found.scroll(body)
        if rest == "/points/count":
            return {"count": found.shard.count(q.CountRequest(
                exact=body.get("exact", True), filter=found.filter(body.get("filter"))))}
        if rest == "/facet":
            return found.facet(body)
        if rest == "/points/query" and not OLD:
            return {"points": found.query(body, body.get("query"), body.get("using"))}
        if rest == "/points/query/batch" and not OLD:
            return [{"points": found.query(one, one.get("query"), one.get("using"))}
                    for one in body["searches"]]
        if rest == "/points/search":
            return found.search(body)
        if rest == "/points/search/batch":
            return [found.search(one) for one in body["searches"]]
        if rest == "/points/batch":
            done = []
            for operation in body["operations"]:
                (kind, part), = operation.items()
                getattr(found, kind)(part)
                done.append(self.updated())
            return done
        raise Refusal(404, "")


def refusal(error):
    """What the server makes of the engine's own words."""
    text = str(error)
    if text.startswith("No point with id"):
        return Refusal(404, f"Not found: {text} found")
    return Refusal(400, f"Wrong input: {text}")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 20
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def respond(self):
        began, code, kind = time.perf_counter(), 200, "application/json"
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length) if length else b""
        path = urlsplit(self.path).path
        try:
            if path in ("/healthz", "/readyz", "/livez"):
                body, kind = b"healthz check passed", "text/plain"
            elif path == "/":
                body = dumps({"title": "qdrant - vector search engine", "version": "shim",
                              "commit": ""})
            elif API_KEY and self.headers.get("api-key") != API_KEY:
                given = self.headers.get("api-key")
                code, kind = 401, "text/plain"
                body = (b"Invalid API key or JWT" if given else
                        b"Must provide an API key or an Authorization bearer token")
            else:
                body = self.result(path, raw, began)
        except Refusal as error:
            code, body = error.code, b""
            if str(error):
                body = dumps({"status": {"error": str(error)},
                              "time": time.perf_counter() - began})
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def result(self, path, raw, began):
        try:
            given = loads(raw) if raw else {}
        except ValueError as error:
            raise Refusal(400, f"Format error in JSON body: {error}") from None
        query = parse_qs(urlsplit(self.path).query)
        try:
            if CHECKER:
                CHECKER.request(self.command, path, query, given if raw else None)
            answer, shape = SHIM.answer(self.command, path, given)
        except KeyError as error:
            raise Refusal(400, f"Format error in JSON body: missing field {error}") from None
        except Refusal:
            raise
        except ValueError as error:
            raise Refusal(400, f"Format error in JSON body: {error}") from None
        except Exception as error:
            raise refusal(error) from None
        envelope = {"result": answer, "status": "ok", "time": time.perf_counter() - began}
        if CHECKER:
            try:
                CHECKER.answer(self.command, shape, envelope)
            except ValueError as error:
                raise Refusal(500, f"the shim's own answer is wrong: {error}") from None
        return dumps(envelope)

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = respond


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def stop(*_):
    raise SystemExit(0)


if __name__ == "__main__":
    OLD = os.environ.get("QDRANT_OLD") == "1"
    API_KEY = os.environ.get("QDRANT_API_KEY")
    CHECKER = None if os.environ.get("QDRANT_CHECK") == "0" else Checker()
    SHIM = Shim(sys.argv[1])
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        Server(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
    finally:
        for each in SHIM.collections.values():
            each.shard.flush()
            each.shard.close()
        # The engine's own threads would be waited for.
        os._exit(0)
