#!/usr/bin/env python3
"""shop.py CONFIG NAME PORT COLLECTION    a service on the real qdrant-client, under its own load

It goes to the address that CONFIG names, with its writes to the second where CONFIG names two, and
reads CONFIG again on SIGHUP and on POST /reload, without dropping what is under way; NAME.pid is there
once it runs. It writes, deletes, reads and searches all
the time, and holds every answer against what it was told before. GET /seen at PORT says what it saw:
{"calls": {ADDRESS: …}, "failed": …, "stale": …, "first": [what was wrong]}, GET /uses/ADDRESS whether
it reads there; SIGTERM ends it, after a
last look at all it wrote, and it prints the same with "lost".
"""
import http.server
import json
import os
import random
import re
import signal
import sys
import threading
import time

from qdrant_client import QdrantClient, models as m

config, name, port, collection = sys.argv[1:]
WRITERS, KEYS, DIMENSION = 2, 12, 16
lock, done = threading.Lock(), threading.Event()
seen = {"calls": {}, "failed": 0, "stale": 0, "lost": 0, "first": []}
acknowledged = {}  # key → version, or None where it is deleted: each key has one writer
current = None


def connect(*_):
    global current
    with open(config) as file:
        addresses = re.findall(r"127\.0\.0\.1:\d+", file.read())
    clients = [
        (address, QdrantClient(url=f"http://{address}", check_compatibility=False, timeout=20))
        for address in addresses[:2]]
    current = clients[0], clients[-1]  # for reads, for writes


def wrong(kind, what):
    with lock:
        seen[kind] += 1
        seen["first"] = (seen["first"] + [what])[:5]


def call(method, *arguments, **options):
    address, client = current[method in ("upsert", "delete")]
    answer = getattr(client, method)(collection, *arguments, **options)
    with lock:
        seen["calls"][address] = seen["calls"].get(address, 0) + 1
    return answer


def version_of(key):
    found = call("retrieve", [key], with_payload=True)
    return found[0].payload["version"] if found else None


def again(body, pause):
    while not done.is_set():
        try:
            body()
        except Exception as error:  # noqa: BLE001: any failure is one that a customer would see
            wrong("failed", repr(error)[:300])
        time.sleep(pause)


def vector(chance):
    return [chance.uniform(-1, 1) for _ in range(DIMENSION)]


def writer(number, base):
    chance, version = random.Random(base + number), 0

    def once():
        nonlocal version
        version += 1
        key = base + number * KEYS + chance.randrange(KEYS)
        if chance.random() < 0.2:
            call("delete", points_selector=[key], wait=True)
            acknowledged[key] = None
        else:
            point = m.PointStruct(id=key, vector=vector(chance), payload={"version": version})
            call("upsert", points=[point], wait=True)
            acknowledged[key] = version
        found = version_of(key)
        if found != acknowledged[key]:
            wrong("stale", f"{key}: {found} where {acknowledged[key]} was acknowledged")

    again(once, 0.01)


def reader(base):
    chance = random.Random(base)

    def once():
        if not call("query_points", query=vector(chance), limit=5).points:
            wrong("stale", "a search found nothing")
        key, before = chance.choice(list(acknowledged.items()) or [(1, 0)])
        found = version_of(key)
        # It may be deleted by now, or written again; what it was before is what it may not be.
        if found is not None and before is not None and found < before:
            wrong("stale", f"{key}: {found} after {before}")

    again(once, 0.02)


class Door(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        connect()
        self.answer(204)

    def do_GET(self):
        if self.path.startswith("/uses/"):
            return self.answer(200 if self.path == f"/uses/{current[0][0]}" else 409)
        with lock:
            self.answer(200, json.dumps(seen).encode())

    def log_message(self, *_):
        pass


connect()
base = 1_000_000 + 1_000 * (int(port) % 100)
threads = [threading.Thread(target=writer, args=(n, base)) for n in range(WRITERS)]
threads.append(threading.Thread(target=reader, args=(base,)))
signal.signal(signal.SIGHUP, connect)
signal.signal(signal.SIGTERM, lambda *_: done.set())
door = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Door)
threading.Thread(target=door.serve_forever, daemon=True).start()
for thread in threads:
    thread.start()
with open(f"{name}.pid", "w") as file:
    file.write(f"{os.getpid()}\n")
while not done.wait(0.2):
    pass
for thread in threads:
    thread.join()
for key, version in acknowledged.items():
    if (found := version_of(key)) != version:
        wrong("lost", f"{key}: {found} where {version} was acknowledged")
print(json.dumps(seen))
