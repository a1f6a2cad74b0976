#!/usr/bin/env python3
"""qdrant_calls.py DIRECT GATEWAY COLLECTION PHASE SEED [alike | led | made | named | uuids | lagging]…

Makes the same calls of the real qdrant-client of an engine directly and of a gateway, and compares
every answer: values, order, scores within float32's tolerance, and of errors the status and shape.
Both must hold the same points before; they do afterwards. What is no part of an answer: how long it
took, the number of the operation, the version of a point.

`alike`: both stores behind the gateway are Qdrant's, so that every call must be answered. Without
it, what cannot be translated must be refused with 400 in Qdrant's own shape, and by name.
`led`: the source is Qdrant, and deletes as it does for as long as it has authority.
`named`: the collection's vector has a name. `uuids`: the points' ids are UUIDs. `lagging`: a store
behind the gateway shows writes late, as Milvus does: a read that differs is made again for a while.
QDRANT_CALLS_TURNS=25 makes more of them.
PHASE `held`: a write is begun and must wait until every read was answered; then it is compared too.
PHASE `fill`: makes and fills both, GATEWAY being the source itself; `fill made`: the second is there.
"""
import json
import os
import random
import sys
import threading
import time
import uuid
import warnings

import httpx
from qdrant_client import QdrantClient, models as m
from qdrant_client.http.exceptions import UnexpectedResponse

from client_calls import DIMENSION, Tally, differ, vector

TURNS = int(os.environ.get("QDRANT_CALLS_TURNS", "3"))
LEFT_OUT = {"operation_id", "version", "time", "usage"}
WORDS = sys.argv[6:]
NAME = "text" if "named" in WORDS else None
# While the source has authority, where that is Qdrant.
LED = {"single", "dual", "mirror", "weighted", "rolled back"}
PATIENCE = 6 if "lagging" in WORDS else 0
# One for all: each reads the certificates of the world, which takes longer than the call.
HTTP = httpx.Client(timeout=300, verify=False)


def point_id(number):
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))) if "uuids" in WORDS else number


def held_vector(entries):
    """As a point has it."""
    return {NAME: entries} if NAME else entries


def payload(random, number):
    full = {"n": number, "kind": random.choice(["red", "green", "blue", "grün", "a b"]),
            "tags": random.sample(["a", "b", "c", "d"], random.randint(0, 3)),
            "part": random.randint(0, 999) + 0.5, "flag": random.random() < 0.5,
            "inner": {"x": random.randint(0, 5), "y": random.choice(["u", "v"])},
            "words": random.choice(["one two", "two three", "three"]), "none": None}
    return {key: value for key, value in full.items() if key == "n" or random.random() < 0.85}


def point(random, number):
    return m.PointStruct(
        id=point_id(number), vector=held_vector(vector(random)), payload=payload(random, number))


class Filters:
    def __init__(self, random):
        self.random = random

    def leaf(self):
        r = self.random
        field = m.FieldCondition
        return r.choice([
            lambda: field(key="kind", match=m.MatchValue(value=r.choice(["red", "grün", "none"]))),
            lambda: field(key="tags", match=m.MatchValue(value=r.choice("abcd"))),
            lambda: field(key="tags", match=m.MatchAny(any=r.sample("abcdx", 2))),
            lambda: field(key="n", match=m.MatchAny(any=[r.randint(0, 400) for _ in range(9)])),
            lambda: field(key="flag", match=m.MatchValue(value=r.random() < 0.5)),
            lambda: field(key="inner.x", match=m.MatchValue(value=r.randint(0, 5))),
            lambda: field(key="inner.y", match=m.MatchValue(value="u")),
            lambda: field(key="part", range=m.Range(gte=r.randint(0, 500), lt=r.randint(400, 999))),
            lambda: field(key="n", range=m.Range(gt=r.randint(0, 300))),
            lambda: m.HasIdCondition(
                has_id=[point_id(r.randint(0, 400)) for _ in range(20)]),
            lambda: m.IsEmptyCondition(is_empty=m.PayloadField(
                key=r.choice(["tags", "none", "kind", "inner.x"]))),
            lambda: m.IsNullCondition(is_null=m.PayloadField(key="none")),
        ])()

    def some(self, depth):
        return [self.make(depth - 1) if depth > 0 and self.random.random() < 0.3 else self.leaf()
                for _ in range(self.random.randint(1, 3))]

    def make(self, depth=2):
        r, clauses = self.random, {}
        for name in r.sample(["must", "should", "must_not"], r.randint(1, 2)):
            clauses[name] = self.some(depth)
        return m.Filter(**clauses)


def shown(value):
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: shown(part) for key, part in value.items()
                if key not in LEFT_OUT and part is not None}
    return value


def refused(error):
    """The status of an error in Qdrant's shape, and its words."""
    try:
        return error.status_code, json.loads(error.content)["status"]["error"]
    except (ValueError, KeyError, TypeError):
        return error.status_code, None


class Comparison(Tally):
    def __init__(self, direct, gateway, name, alike):
        self.clients = [QdrantClient(url=url, timeout=300, check_compatibility=False)
                        for url in (direct, gateway)]
        super().__init__()
        self.urls, self.name, self.alike = (direct, gateway), name, alike

    def same(self, what, call):
        """`call(client, collection)` on both: a write."""
        self.compare(what, *[self.answer(client, call) for client in self.clients])

    def read(self, what, call):
        """What may be asked again. After the patience an answer counts as it is."""
        direct = self.answer(self.clients[0], call)
        end = time.monotonic() + PATIENCE
        while True:
            given = self.answer(self.clients[1], call)
            if time.monotonic() >= end or not differ(direct, given):
                return self.compare(what, direct, given)
            time.sleep(0.1)

    def answer(self, client, call):
        try:
            return shown(call(client, self.name))
        except UnexpectedResponse as error:
            return ["error", *refused(error)]

    def compare(self, what, direct, gateway):
        if all(isinstance(one, list) and one[:1] == ["error"] for one in (direct, gateway)):
            if gateway[2] is None:
                self.differences.append(f"{what}: the error has not Qdrant's shape: {gateway}")
            direct, gateway = direct[1], gateway[1]
        super().compare(what, direct, gateway)

    def raw(self, what, method, path, body=None):
        """A read that the newest client makes no more."""
        path = path.replace("NAME", self.name)

        def ask(client, name):
            url = self.urls[self.clients.index(client)]
            response = HTTP.request(method, url + path, json=body)
            try:
                given = response.json()
            except ValueError:
                given = response.text
            if response.status_code >= 400 and isinstance(given, dict):
                return ["error", response.status_code, given.get("status", {}).get("error")]
            return given
        self.read(what, ask)

    def own(self, what, call, writes=False):
        """A call in words that Qdrant alone has."""
        if self.alike:
            return self.same(what, call)
        self.calls += 1
        try:
            given = shown(call(self.clients[1], self.name))
        except UnexpectedResponse as error:
            status, said = refused(error)
            if status != 400 or not said or "cannot be translated" not in said:
                self.differences.append(f"{what}: {status} {said}")
            self.refusals += 1
            return
        if writes:
            self.differences.append(f"{what}: was not refused")
        else:
            found = differ(shown(call(self.clients[0], self.name)), given)
            if found:
                self.differences.append(f"{what}: {found}")


def reads(c, r, everything):
    filters = Filters(r)
    for turn in range(TURNS):
        given, limit = filters.make(), r.randint(1, 30)
        query = vector(r)
        asked = {"name": NAME, "vector": query} if NAME else query
        c.read(f"query {turn}", lambda q, n: q.query_points(
            n, query=query, query_filter=given, using=NAME, limit=limit, with_payload=True).points)
        c.read(f"count {turn}", lambda q, n: q.count(n, count_filter=given, exact=True))
        c.read(f"scroll {turn}", lambda q, n: q.scroll(
            n, scroll_filter=given, limit=limit, with_vectors=turn % 3 == 0))
        ids = [point_id(r.randint(0, 450)) for _ in range(5)]
        c.read(f"retrieve {turn}", lambda q, n: sorted(
            shown(q.retrieve(n, ids, with_vectors=turn % 2 == 0)), key=lambda p: p["id"]))
        c.read(f"threshold {turn}", lambda q, n: q.query_points(
            n, query=query, using=NAME, limit=20, offset=turn % 5, score_threshold=0.2,
            with_payload=["kind", "inner.x"]).points)
        c.read(f"without {turn}", lambda q, n: q.query_points(
            n, query=query, using=NAME, limit=5, with_vectors=True,
            with_payload=m.PayloadSelectorExclude(exclude=["tags", "inner.y"])).points)
        c.read(f"like a point {turn}", lambda q, n: q.query_points(
            n, query=ids[0], using=NAME, limit=limit).points)
        c.read(f"batch {turn}", lambda q, n: q.query_batch_points(n, [
            m.QueryRequest(query=query, using=NAME, limit=3, with_payload=True, filter=given),
            m.QueryRequest(query=vector(random.Random(turn)), using=NAME, limit=4)]))
        c.raw(f"search {turn}", "POST", "/collections/NAME/points/search",
              {"vector": asked, "limit": limit, "with_payload": True,
               "filter": given.model_dump(mode="json", exclude_none=True, by_alias=True)})
        c.raw(f"search batch {turn}", "POST", "/collections/NAME/points/search/batch",
              {"searches": [{"vector": asked, "limit": 2}, {"vector": asked, "limit": 1}]})
        c.raw(f"one point {turn}", "GET", f"/collections/NAME/points/{ids[1]}")
    c.read("first points", lambda q, n: q.query_points(n, limit=7).points)
    if everything:
        c.read("everything", everything_of)
    c.read("exists", lambda q, n: [q.collection_exists(n), q.collection_exists("nobody's")])

    def facts(q, n):
        found = q.get_collection(n)
        vectors = found.config.params.vectors
        vectors = vectors[NAME] if NAME else vectors
        return [found.points_count, vectors.size, vectors.distance]
    c.read("collection", facts)


def everything_of(client, name):
    found, offset = [], None
    while True:
        page, offset = client.scroll(name, limit=64, offset=offset, with_vectors=True)
        found += shown(page)
        if offset is None:
            return found


def wrong(c, r):
    short = vector(r)[:3]
    c.same("a short query", lambda q, n: q.query_points(
        n, query=short, using=NAME))
    c.same("a vector that is not there", lambda q, n: q.query_points(
        n, query=vector(random.Random(1)), using="nobody's"))
    c.same("a short vector", lambda q, n: q.upsert(n, [m.PointStruct(
        id=point_id(1), vector=held_vector(short))]))
    c.same("an id that is none", lambda q, n: q.upsert(
        n, [m.PointStruct(id="no uuid", vector=held_vector(vector(random.Random(2))))]))
    c.same("payload of nobody", lambda q, n: q.set_payload(n, {"a": 1}, points=[point_id(999_999)]))
    c.same("like nobody", lambda q, n: q.query_points(n, query=point_id(999_999), using=NAME))
    c.same("a collection that is not there", lambda q, n: q.count("nobody's"))
    c.raw("no JSON", "POST", "/collections/NAME/points/scroll", "text")


def writes(c, r):
    for turn in range(max(2, TURNS // 2)):
        made = [point(r, r.randint(0, 400)) for _ in range(r.randint(1, 20))]
        c.same(f"upsert {turn}", lambda q, n: q.upsert(n, made))
        numbers = [r.randint(0, 450) for _ in range(4)]
        ids = [point_id(one) for one in numbers]
        vectors, payloads = [vector(r) for _ in ids], [payload(r, one) for one in numbers]
        c.same(f"upsert of columns {turn}", lambda q, n: q.upsert(
            n, m.Batch(ids=ids, vectors=held_vector(vectors), payloads=payloads)))
        c.same(f"set {turn}", lambda q, n: q.set_payload(n, {"kind": "set", "new": 1}, points=ids))
        c.same(f"overwrite {turn}", lambda q, n: q.overwrite_payload(
            n, {"n": turn, "tags": ["a"]}, points=ids[:1]))
        c.same(f"remove {turn}", lambda q, n: q.delete_payload(n, ["tags", "no"], points=ids[1:2]))
        c.same(f"clear {turn}", lambda q, n: q.clear_payload(n, points_selector=ids[2:3]))
        other = vector(r)
        c.same(f"vectors {turn}", lambda q, n: q.update_vectors(
            n, [m.PointVectors(id=ids[3], vector=held_vector(other))]))
        c.same(f"several {turn}", lambda q, n: q.batch_update_points(n, [
            m.UpsertOperation(upsert=m.PointsList(points=made[:3])),
            m.SetPayloadOperation(set_payload=m.SetPayload(
                payload={"batch": turn}, points=[made[0].id])),
            m.DeletePayloadOperation(delete_payload=m.DeletePayload(
                keys=["words"], points=[made[0].id])),
            m.DeleteOperation(delete=m.PointIdsList(points=[ids[0]]))]))
        c.same(f"delete {turn}", lambda q, n: q.delete(n, points_selector=ids[1:3]))
        doomed = m.Filter(must=[m.FieldCondition(
            key="n", range=m.Range(gte=turn * 40, lt=turn * 40 + 6))])
        c.same(f"delete by filter {turn}", lambda q, n: q.delete(
            n, points_selector=m.FilterSelector(filter=doomed)))
        many = [point(r, 1_000 + turn * 50 + i) for i in range(50)]
        c.same(f"upload {turn}", lambda q, n: q.upload_points(n, many, batch_size=16, wait=True))
        gone = [one.id for one in many[:45]]
        c.same(f"delete uploaded {turn}", lambda q, n: q.delete(n, points_selector=gone))
        c.read(f"after {turn}", lambda q, n: q.count(n))
    c.same("index", lambda q, n: q.create_payload_index(n, "kind", "keyword", wait=True).status)
    c.same("no index", lambda q, n: q.delete_payload_index(n, "kind").status)


def doubtful(c, r):
    """Deletes by filters whose meaning for lists and kinds of numbers is Qdrant's own."""
    field = m.FieldCondition
    held = [{"years": [2019, 2024]}, {"years": 2021}, {"years": [2018, 2019]}, {"years": []},
            {"one": 3}, {"one": 3.0}, {"one": [1, 3]}, {"one": 1234567890123456789},
            {"one": 1234567890123456790}, {"one": None}]
    made = [m.PointStruct(id=point_id(3_000 + number), vector=held_vector(vector(r)),
                          payload={"group": "doubtful", **one}) for number, one in enumerate(held)]
    ids = [one.id for one in made]
    late = field(key="years", range=m.Range(gte=2020))
    for what, one in [
            ("outside a range", m.Filter(must_not=[late])), ("in a range", m.Filter(must=[late])),
            ("an integer", m.Filter(must=[field(key="one", match=m.MatchValue(value=3))])),
            ("a large integer", m.Filter(
                must=[field(key="one", match=m.MatchValue(value=1234567890123456789))])),
            ("empty", m.Filter(must=[m.IsEmptyCondition(is_empty=m.PayloadField(key="years"))])),
            ("null", m.Filter(must=[m.IsNullCondition(is_null=m.PayloadField(key="one"))]))]:
        c.same(f"upsert for {what}", lambda q, n: q.upsert(n, made))
        one.must = (one.must or []) + [field(key="group", match=m.MatchValue(value="doubtful"))]
        c.same(f"delete {what}", lambda q, n: q.delete(
            n, points_selector=m.FilterSelector(filter=one)))
        c.read(f"left by {what}", lambda q, n: sorted(
            point["id"] for point in shown(q.retrieve(n, ids, with_payload=False))))
    c.same("delete what is left", lambda q, n: q.delete(n, points_selector=ids))


def only_qdrant(c, r):
    query = vector(r)

    def asked(condition):
        return lambda q, n: q.query_points(
            n, query=query, using=NAME, query_filter=m.Filter(must=[condition]),
            limit=9).points
    field = m.FieldCondition
    c.own("text", asked(field(key="words", match=m.MatchText(text="two"))))
    c.own("except", asked(field(key="kind", match=m.MatchExcept(**{"except": ["red"]}))))
    c.own("values count", asked(field(key="tags", values_count=m.ValuesCount(gte=2))))
    c.own("items", asked(field(key="tags[]", match=m.MatchValue(value="a"))))
    c.own("nested", asked(m.NestedCondition(nested=m.Nested(key="inner", filter=m.Filter(
        must=[field(key="x", match=m.MatchValue(value=1))])))))
    c.own("fusion", lambda q, n: q.query_points(
        n, prefetch=[m.Prefetch(query=query, using=NAME, limit=9)], query=m.FusionQuery(fusion="rrf"),
        limit=5).points)
    c.read("exact", lambda q, n: q.query_points(
        n, query=query, using=NAME, limit=5, search_params=m.SearchParams(exact=True, hnsw_ef=128)).points)
    kind = m.Filter(must=[field(key="kind", match=m.MatchValue(value="red"))])
    c.own("set by filter", lambda q, n: q.set_payload(n, {"byfilter": 1}, points=kind), True)
    c.own("clear by filter", lambda q, n: q.clear_payload(
        n, points_selector=m.FilterSelector(filter=m.Filter(
            must=[field(key="n", range=m.Range(lt=9))]))), True)
    some = everything_of(c.clients[0], c.name)[3]["id"]
    c.own("set within", lambda q, n: q.set_payload(n, {"z": 1}, points=[some], key="inner"), True)
    c.own("remove within", lambda q, n: q.delete_payload(n, ["inner.x"], points=[some]), True)
    c.own("delete by a match of text", lambda q, n: q.delete(
        n, points_selector=m.FilterSelector(filter=m.Filter(must=[
            field(key="words", match=m.MatchText(text="three")),
            field(key="n", range=m.Range(lt=60))]))), True)
    c.own("several by filter", lambda q, n: q.batch_update_points(n, [
        m.SetPayloadOperation(set_payload=m.SetPayload(payload={"f": 2}, filter=kind))]), True)


def held(c, r):
    """While the gateway holds writes, reads are answered as ever, and a write waits."""
    made = [point(r, 7)]
    answers = [None, None]

    def write(side):
        answers[side] = shown(c.clients[side].upsert(c.name, made))
    waiting = threading.Thread(target=write, args=(1,))
    waiting.start()
    reads(c, r, False)
    if not waiting.is_alive():
        c.differences.append("the write did not wait until all reads were answered")
    print("every read was answered", flush=True)
    waiting.join()
    write(0)
    c.compare("the write that was held", *answers)


def main():
    direct, gateway, name, phase, seed = sys.argv[1:6]
    c = Comparison(direct, gateway, name, "alike" in WORDS)
    r = random.Random(int(seed))
    if phase == "fill":
        points = [point(r, number) for number in range(300)]
        for client in c.clients:
            if client is c.clients[0] or "made" not in WORDS:
                client.create_collection(name, vectors_config=held_vector(m.VectorParams(
                    size=DIMENSION, distance=m.Distance.COSINE)))
            client.upsert(name, points)
        return
    if phase == "held":
        held(c, r)
        reads(c, r, True)
        sys.exit(c.report(phase))
    reads(c, r, False)
    writes(c, r)
    if "alike" in WORDS or "led" in WORDS and phase in LED:
        doubtful(c, r)
    only_qdrant(c, r)
    wrong(c, r)
    reads(c, r, True)
    sys.exit(c.report(phase))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
