"""A service on two SQLite files that writes, reads and searches as plans/own_writes.py shows, and
keeps the history of everything it saw.

own_writes_load.py FOLDER GATEWAY OLD NEW TABLE STOP WRITES SEARCHES    runs until the file STOP
is there and so much was done, or too much time has passed, then prints {"writes": …, "reads": …, "searches": …, "failed": …, "stale": …, "lost": …}
"""
import array, json, os, random, sqlite3, sys, threading, time

folder, gateway, old, new, table, stop, writes, searches = sys.argv[1:]
sys.path.insert(0, folder)
from own_writes import Migration  # noqa: E402

WRITERS, KEYS, SIZE = 3, 8, 384


class Store:
    def __init__(self, path):
        self.path = path

    def run(self, text, *values):
        base = sqlite3.connect(self.path, timeout=10)
        try:
            with base:
                return base.execute(text, values).fetchall()
        finally:
            base.close()

    def get(self, key):
        rows = self.run(f"SELECT vector, payload FROM {table} WHERE id = ?", key)
        return rows[0] if rows else None

    def search(self, vector, k):
        rows = self.run(f"SELECT id, vector FROM {table} WHERE id >= 900000")
        near = []
        for key, blob in rows:
            other = array.array("f", blob)
            dot = sum(x * y for x, y in zip(vector, other))
            size = sum(y * y for y in other) ** 0.5 * sum(x * x for x in vector) ** 0.5
            near.append((1 - dot / size, key))
        return [{"id": key, "distance": distance} for distance, key in sorted(near)[:k]]

    def put(self, key, vector, payload):
        self.run(
            f"INSERT INTO {table} (id, vector, payload) VALUES (?, ?, ?) ON CONFLICT (id) DO "
            "UPDATE SET vector = excluded.vector, payload = excluded.payload",
            key, array.array("f", vector).tobytes(), payload)

    def delete(self, key):
        self.run(f"DELETE FROM {table} WHERE id = ?", key)


counts = {name: 0 for name in ("writes", "reads", "searches", "failed", "stale", "lost")}
first = []
lock = threading.Lock()


def count(name, what=None):
    with lock:
        counts[name] += 1
        if what and len(first) < 5:
            first.append(what)


def vector_of(key, version):
    rng = random.Random(key * 1000 + version)
    return [rng.uniform(-1, 1) for _ in range(SIZE)]


migration = Migration(gateway, f"service-{os.getpid()}", {"source": Store(old), "target": Store(new)})
# key → (version, deleted): each key has one writer, so what it acknowledged last is what is read.
acknowledged = {}
done = threading.Event()


def guarded(name, body):
    while not done.is_set():
        try:
            body()
            count(name)
        except Exception as error:  # noqa: BLE001: any failure is one that a user would see
            count("failed", f"{name}: {error!r}")
            time.sleep(0.05)


def writer(number):
    rng = random.Random(number)
    version = 0

    def once():
        nonlocal version
        version += 1
        key = 900000 + number * KEYS + rng.randrange(KEYS)
        deletes = rng.random() < 0.2
        payload = json.dumps({"version": version})
        acknowledged.pop(key, None)
        if deletes:
            migration.write(key, lambda store: store.delete(key))
        else:
            vector = vector_of(key, version)
            migration.write(key, lambda store: store.put(key, vector, payload))
        acknowledged[key] = (version, deletes)
        seen = migration.get(key)
        expected = None if deletes else version
        found = seen and json.loads(seen[1])["version"]
        if found != expected:
            count("stale", f"key {key}: {found} where {expected} was acknowledged")
        count("reads")
        time.sleep(0.01)

    guarded("writes", once)


def searcher():
    def once():
        migration.search(vector_of(900001, random.randrange(50)), 3)
        time.sleep(0.02)

    guarded("searches", once)


threads = [threading.Thread(target=writer, args=(n,)) for n in range(WRITERS)]
threads.append(threading.Thread(target=searcher))
for thread in threads:
    thread.start()
while not os.path.exists(stop):
    time.sleep(0.05)
end = time.monotonic() + 60
while time.monotonic() < end and (
        counts["writes"] < int(writes) or counts["searches"] < int(searches)):
    time.sleep(0.05)
done.set()
for thread in threads:
    thread.join()
for key, (version, deleted) in acknowledged.items():
    seen = migration.get(key)
    if (seen and json.loads(seen[1])["version"]) != (None if deleted else version):
        count("lost", f"key {key}")
print(json.dumps({**counts, "first": first, "authority": migration.route["authority"]}))
