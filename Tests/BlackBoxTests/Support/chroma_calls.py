#!/usr/bin/env python3
"""chroma_calls.py DIRECT GATEWAY COLLECTION PHASE SEED SPACE [alike] [unordered] [others] [wholes] [lagging]
                [made]

Makes the same calls of the real chromadb HttpClient of a Chroma server directly and of a gateway,
and compares every answer: values, order, distances within float32's tolerance, and of errors the
status and the name. Both must hold the same records before; they do afterwards.

`alike`: both stores behind the gateway are Chroma's, so that every call must be answered. Without
it, what cannot be translated must be refused with 400 in Chroma's own shape, and by name.
`unordered`: the target is Chroma's, which gives records in the order in which it took them in, and
that is the backfill's: pages are compared by what is in all of them.
`wholes`: the target deletes by whole values alone, not by what is in a text.
`lagging`: a store behind the gateway shows writes late, as Milvus does: a read that differs is made
again for a while.
`others`: the source is a Chroma server with a collection that does not move.
CHROMA_CALLS_TURNS=25 makes more of them.
PHASE `held`: a write is begun and must wait until every read was answered; then it is compared too.
PHASE `fill`: makes and fills both, GATEWAY being the source itself; `fill made`: the second is there.
"""
import os
import random
import sys
import threading
import time
import warnings

import chromadb
import httpx
from chromadb.config import Settings

from client_calls import Tally, differ, vector

TURNS = int(os.environ.get("CHROMA_CALLS_TURNS", "2"))
PATIENCE = 6 if "lagging" in sys.argv[7:] else 0
# One for all: each reads the certificates of the world, which takes longer than the call.
HTTP = httpx.Client(timeout=300, verify=False)
ALL = ["metadatas", "documents", "embeddings"]
PATH = "/api/v2/tenants/default_tenant/databases/default_database/collections"


def name_of(number):
    """In the order in which they are made: other stores than Chroma give records in their order."""
    return f"k{number:05d}"


def metadata(random, number):
    full = {"n": number, "kind": random.choice(["red", "green", "blue", "grün", "a b"]),
            "tags": random.sample(["a", "b", "c", "d"], random.randint(1, 3)),
            "part": random.randint(0, 999) + 0.5, "flag": random.random() < 0.5,
            "inner.x": random.randint(0, 5), "sizes": [random.randint(0, 9), 10]}
    return {key: value for key, value in full.items() if key == "n" or random.random() < 0.85}


def document(random, number):
    words = random.sample(["one", "two", "drei", "füñf", "100%", "a_b", "Six"], 3)
    return None if random.random() < 0.15 else " ".join([*words, str(number)])


def records(random, numbers):
    return {"ids": [name_of(one) for one in numbers],
            "embeddings": [vector(random) for _ in numbers],
            "metadatas": [metadata(random, one) for one in numbers],
            "documents": [document(random, one) for one in numbers]}


class Filters:
    def __init__(self, random):
        self.random = random

    def leaf(self):
        r = self.random
        return r.choice([
            lambda: {"kind": r.choice(["red", "grün", "none"])},
            lambda: {"kind": {"$ne": "red"}},
            lambda: {"kind": {"$in": ["red", "a b"]}},
            lambda: {"kind": {"$nin": ["red", "green"]}},
            lambda: {"n": {"$in": [r.randint(0, 400) for _ in range(9)]}},
            lambda: {"n": {"$gt": r.randint(0, 300)}},
            lambda: {"n": {"$lte": r.randint(0, 300)}},
            lambda: {"part": {"$gte": r.randint(0, 500)}},
            lambda: {"part": {"$lt": r.randint(400, 999) + 0.25}},
            lambda: {"flag": r.random() < 0.5},
            lambda: {"inner.x": {"$eq": r.randint(0, 5)}},
            lambda: {"nobody's": {"$ne": 1}},
            lambda: {"tags": {"$contains": r.choice("abcd")}},
            lambda: {"sizes": {"$not_contains": r.randint(0, 10)}},
        ])()

    def where(self, depth=2):
        r = self.random
        if depth == 0 or r.random() < 0.4:
            return self.leaf()
        return {r.choice(["$and", "$or"]): [
            self.where(depth - 1) for _ in range(r.randint(2, 3))]}

    def document(self, depth=1):
        r = self.random
        if depth > 0 and r.random() < 0.3:
            return {r.choice(["$and", "$or"]): [self.document(0), self.document(0)]}
        return {r.choice(["$contains", "$not_contains"]): r.choice(
            ["one", "two", "six", "Six", "100%", "_", "füñ", "e f", "99"])}

    def some(self):
        """`where`, `where_document`, or both."""
        r, given = self.random, {}
        if r.random() < 0.8:
            given["where"] = self.where()
        if r.random() < 0.4 or not given:
            given["where_document"] = self.document()
        return given


def shown(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(part) for key, part in value.items()}
    return value


def by_id(got):
    """What was got, whatever its order."""
    got = shown(got)
    columns = [key for key in ALL if got.get(key) is not None]
    return {one: [got[key][row] for key in columns] for row, one in enumerate(got["ids"])}


def connect(url):
    host, port = url.removeprefix("http://").split(":")
    return chromadb.HttpClient(
        host=host, port=int(port), settings=Settings(anonymized_telemetry=False))


class Comparison(Tally):
    def __init__(self, direct, gateway, name, words):
        super().__init__()
        self.urls, self.name = (direct, gateway), name
        self.alike, self.ordered = "alike" in words, "unordered" not in words
        self.wholes = "wholes" in words
        self.clients = [connect(url) for url in self.urls]
        self.collections = [
            one.get_collection(name, embedding_function=None) for one in self.clients]

    def answers(self, call, sides):
        found = []
        for side in sides:
            try:
                found.append(shown(call(side)))
            except Exception as error:
                known = isinstance(error, chromadb.errors.ChromaError)
                found.append(["error", error.name() if known else type(error).__name__,
                              str(error)])
        return found

    def same(self, what, call):
        """`call(collection)` on both."""
        self.compare(what, *self.answers(call, self.collections))

    def read(self, what, call):
        """What may be asked again. After the patience an answer counts as it is."""
        direct = self.answers(call, self.collections[:1])[0]
        end = time.monotonic() + PATIENCE
        while True:
            given = self.answers(call, self.collections[1:])[0]
            if time.monotonic() >= end or not differ(direct, given):
                return self.compare(what, direct, given)
            time.sleep(0.1)

    def both(self, what, call):
        """`call(client)` on both."""
        self.compare(what, *self.answers(call, self.clients))

    def compare(self, what, direct, gateway):
        pair = [direct, gateway]
        if all(isinstance(one, list) and one[:1] == ["error"] for one in pair):
            direct, gateway = direct[1], gateway[1]
        super().compare(what, direct, gateway)

    def got(self, what, call):
        """What is got."""
        self.read(what, call if self.ordered else lambda c: by_id(call(c)))

    def raw(self, what, method, path, body=None, text=None):
        """A request that the client would not send: of errors the status and the name."""
        found = []
        for url, collection in zip(self.urls, self.collections):
            here = PATH + path.replace("ID", str(collection.id)).replace("NAME", self.name)
            answer = HTTP.request(method, url + here, content=text, json=body)
            try:
                given = answer.json()
            except ValueError:
                given = answer.text
            if answer.status_code >= 400 and isinstance(given, dict):
                given = given.get("error")
            found.append([answer.status_code, given])
        super().compare(what, *found)

    def refused(self, what, call, side):
        """What no migration survives, or no other store could say."""
        self.calls += 1
        answer = self.answers(call, [side])[0]
        if not (isinstance(answer, list) and answer[:2] == ["error", "InvalidArgument"]):
            self.differences.append(f"{what}: was not refused: {answer!r:.200}")
        self.refusals += 1

    def own(self, what, call, writes=False):
        """A call in words that Chroma alone has."""
        if self.alike:
            return self.same(what, call)
        answer = self.answers(call, self.collections[1:])[0]
        if isinstance(answer, list) and answer[:1] == ["error"]:
            self.calls += 1
            self.refusals += 1
            if answer[1] != "InvalidArgument" or "cannot be translated" not in answer[2]:
                self.differences.append(f"{what}: {answer}")
        elif writes:
            self.differences.append(f"{what}: was not refused")
        else:
            self.compare(what, self.answers(call, self.collections[:1])[0], answer)


def reads(c, r):
    filters = Filters(r)
    everything = c.collections[0].get(include=[])["ids"]
    for turn in range(TURNS):
        given, count = filters.some(), r.randint(1, 30)
        query, another = vector(r), vector(r)
        c.read(f"query {turn}", lambda q: q.query(
            query_embeddings=[query], n_results=count, **given))
        c.read(f"several queries {turn}", lambda q: q.query(
            query_embeddings=[query, another], n_results=3,
            include=["distances"]))
        ids = r.sample(everything, 12)
        c.read(f"query of some {turn}", lambda q: q.query(
            query_embeddings=[query], n_results=5, ids=ids, include=["embeddings", "documents"]))
        c.got(f"get by filter {turn}", lambda q: q.get(**given))
        c.got(f"get by ids {turn}", lambda q: q.get(
            ids=[*ids[:5], "nobody"], include=ALL if turn % 2 else ["metadatas"]))
        c.got(f"get both {turn}", lambda q: q.get(ids=ids, where=filters_of(turn)))
        c.got(f"get documents {turn}", lambda q: q.get(
            where_document=Filters(random.Random(turn)).document(), include=["documents"]))
        if c.ordered:
            c.read(f"page {turn}", lambda q: q.get(limit=20, offset=turn * 9, **given))
            c.read(f"page of all {turn}", lambda q: q.get(
                limit=7, offset=turn * 120, include=ALL))
        else:
            c.read(f"page {turn}", lambda q: [
                len(q.get(limit=20, offset=turn * 150, **given)["ids"]),
                by_id(pages(q, 64, given))])
    c.got("get nothing", lambda q: q.get(ids=["nobody"]))
    c.read("no results", lambda q: q.query(
        query_embeddings=[vector(random.Random(3))], where={"kind": "nobody's"}))
    c.read("more than there are", lambda q: len(q.query(
        query_embeddings=[vector(random.Random(3))], n_results=5_000)["ids"][0]))
    c.read("peek", lambda q: q.peek(5) if c.ordered else len(q.peek(5)["ids"]))
    c.read("count", lambda q: q.count())


def filters_of(seed):
    return Filters(random.Random(seed)).where()


def pages(collection, size, given):
    """All of them, page by page."""
    found = {"ids": [], "metadatas": [], "documents": []}
    while True:
        page = collection.get(limit=size, offset=len(found["ids"]), **given)
        for key in found:
            found[key] += page[key]
        if len(page["ids"]) < size:
            return found


def server(c, others):
    c.both("version", lambda s: s.get_version())
    c.both("batch size", lambda s: s.get_max_batch_size())
    c.both("heartbeat", lambda s: s.heartbeat() > 0)
    c.both("collections", lambda s: sorted(one.name for one in s.list_collections()))
    c.both("how many", lambda s: s.count_collections())
    c.both("identity", lambda s: sorted(s.get_user_identity().databases))
    ids = {str(one.id) for one in [
        c.collections[1], c.clients[1].get_collection(c.name, embedding_function=None),
        c.clients[1].get_or_create_collection(c.name, embedding_function=None)]}
    c.compare("one id", 1, len(ids))

    def facts(client):
        found = client.get_collection(c.name, embedding_function=None)
        return [found.name, found.tenant, found.database, found.configuration["hnsw"]["space"]]
    c.both("collection", facts)
    c.both("create again", lambda s: s.create_collection(c.name, embedding_function=None))
    c.both("nobody's", lambda s: s.get_collection("nobody's", embedding_function=None))
    c.both("tenant", lambda s: s.set_tenant("nobody"))
    c.refused("rename", lambda q: q.modify(name="elsewhere"), c.collections[1])
    c.refused("drop", lambda s: s.delete_collection(c.name), c.clients[1])
    if others:
        def use(client):
            other = client.get_or_create_collection("others", embedding_function=None)
            size = other.count()
            made = f"o{size}"
            other.upsert(ids=[made], embeddings=[[1.0, float(size)]], metadatas=[{"size": size}])
            return [shown(other.get(include=ALL)), other.count()]
        c.both("another collection", use)


def wrong(c):
    short = [0.5, 0.5, 0.5]
    c.same("a short query", lambda q: q.query(query_embeddings=[short]))
    c.same("a short vector", lambda q: q.add(ids=["short"], embeddings=[short]))
    c.same("a short update", lambda q: q.update(ids=["nobody"], embeddings=[short]))
    c.raw("no filter", "POST", "/ID/get", {"where": {}})
    c.raw("a filter of two", "POST", "/ID/get", {"where": {"a": 1, "b": 2}})
    c.raw("mixed types", "POST", "/ID/get", {"where": {"n": {"$in": [1, "1"]}}})
    c.raw("order of texts", "POST", "/ID/get", {"where": {"kind": {"$gt": "a"}}})
    c.raw("no document", "POST", "/ID/get", {"where_document": {"$contains": 5}})
    c.raw("an unknown part", "POST", "/ID/get", {"include": ["nothing"]})
    c.raw("limit below zero", "POST", "/ID/get", {"limit": -1})
    c.raw("no JSON", "POST", "/ID/get", text="{")
    c.raw("no object", "POST", "/ID/get", [])
    c.raw("no query", "POST", "/ID/query", {"n_results": 1})
    c.raw("no embeddings", "POST", "/ID/add", {"ids": ["x"]})
    c.raw("an id of digits", "POST", "/ID/add", {"ids": [5], "embeddings": [[1.0] * 16]})
    c.raw("an empty id", "POST", "/ID/upsert", {"ids": [""], "embeddings": [[1.0] * 16]})
    c.raw("too few", "POST", "/ID/add", {"ids": ["x", "y"], "embeddings": [[1.0] * 16]})
    c.raw("nested", "POST", "/ID/add", {
        "ids": ["x"], "embeddings": [[1.0] * 16], "metadatas": [{"a": {"b": 1}}]})
    c.raw("a bad key", "POST", "/ID/add", {
        "ids": ["x"], "embeddings": [[1.0] * 16], "metadatas": [{"#a": 1}]})
    c.raw("delete nothing", "POST", "/ID/delete", {"ids": []})
    c.raw("a limit alone", "POST", "/ID/delete", {"limit": 1})
    c.raw("nobody's", "GET", "/00000000-0000-0000-0000-000000000000/count")
    c.raw("no id", "GET", "/text/count")
    c.raw("an absent name", "DELETE", "/nobodys")
    c.read("after errors", lambda q: q.count())


def writes(c, r):
    top = int(max(c.collections[0].get(include=[])["ids"])[1:])
    for turn in range(max(1, TURNS // 2)):
        held = c.collections[0].get(include=[])["ids"]
        fresh = list(range(top + 1, top + 16))
        top += 15
        some = records(r, fresh)
        # What is there already stays as it is.
        some["ids"][0] = held[r.randrange(len(held))]
        c.same(f"add {turn}", lambda q: q.add(**some))
        ids = r.sample(held, 6)
        changed = records(r, range(6))
        changed["ids"] = ids
        changed["metadatas"][0] = {"kind": "changed", "tags": None, "new": 1}
        changed["metadatas"][1] = None
        c.same(f"upsert {turn}", lambda q: q.upsert(**changed))
        more = records(r, range(top + 1, top + 11))
        top += 10
        c.same(f"upsert new {turn}", lambda q: q.upsert(**more))
        c.same(f"update metadata {turn}", lambda q: q.update(
            ids=[ids[2], "nobody", ids[3]],
            metadatas=[{"kind": "set", "n": None}, {"a": 1}, {"flag": None, "part": 7}]))
        c.same(f"update document {turn}", lambda q: q.update(
            ids=ids[3:5], documents=["new words", ""]))
        # No two alike: which of two equally near records comes first is each index's own affair.
        one, other = vector(r), vector(r)
        c.same(f"update embedding {turn}", lambda q: q.update(ids=[ids[4]], embeddings=[one]))
        c.same(f"update all {turn}", lambda q: q.update(
            ids=[ids[5]], embeddings=[other],
            metadatas=[{"kind": "whole"}], documents=["whole"]))
        c.same(f"delete {turn}", lambda q: q.delete(ids=[some["ids"][1], "nobody"]))
        c.same(f"delete by filter {turn}", lambda q: q.delete(
            where={"$and": [{"n": {"$gte": top - 24}}, {"n": {"$lt": top - 20}}]}))
        if not c.wholes:
            c.same(f"delete by document {turn}", lambda q: q.delete(
                where_document={"$contains": f" {top - 3}"}))
        c.same(f"delete both {turn}", lambda q: q.delete(
            ids=more["ids"][:4], where={"n": {"$gte": top - 8}}))
        c.read(f"after {turn}", lambda q: q.count())


def only_chroma(c):
    c.own("get by pattern", lambda q: by_id(q.get(where_document={"$regex": "^one.*9$"})))
    c.own("query by pattern", lambda q: q.query(
        query_embeddings=[vector(random.Random(5))], n_results=4,
        where_document={"$not_regex": "two"}))
    c.own("delete by pattern", lambda q: q.delete(where_document={"$regex": "^drei.* 1.7$"}), True)
    c.refused("uris", lambda q: q.add(
        ids=["uri"], embeddings=[[1.0] * 16], uris=["file:///a"]), c.collections[1])
    c.refused("a field of the document's name", lambda q: q.update(
        ids=["k00001"], metadatas=[{"document": "x"}]), c.collections[1])


def held(c, r):
    """While the gateway holds writes, reads are answered as ever, and a write waits."""
    made = records(r, [7])
    waiting = threading.Thread(target=lambda: c.collections[1].upsert(**made))
    waiting.start()
    reads(c, r)
    if not waiting.is_alive():
        c.differences.append("the write did not wait until all reads were answered")
    print("every read was answered", flush=True)
    waiting.join()
    c.collections[0].upsert(**made)
    c.got("the write that was held", lambda q: q.get(ids=made["ids"], include=ALL))


def main():
    direct, gateway, name, phase, seed, space = sys.argv[1:7]
    r = random.Random(int(seed))
    if phase == "fill":
        given = records(r, range(300))
        for position, client in enumerate(map(connect, (direct, gateway))):
            if position == 0 or "made" not in sys.argv[7:]:
                collection = client.create_collection(
                    name, embedding_function=None,
                    configuration={"hnsw": {"space": space, "ef_search": 400}})
            else:
                collection = client.get_collection(name, embedding_function=None)
            collection.add(**given)
            if "others" in sys.argv[7:]:
                client.create_collection("others", embedding_function=None)
        return 0
    c = Comparison(direct, gateway, name, sys.argv[7:])
    if phase == "held":
        held(c, r)
        c.read("everything", lambda q: by_id(q.get(include=ALL)))
        return c.report(phase)
    server(c, "others" in sys.argv[7:])
    reads(c, r)
    writes(c, r)
    only_chroma(c)
    wrong(c)
    reads(c, r)
    c.read("everything", lambda q: by_id(q.get(include=ALL)))
    return c.report(phase)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
