"""What a store's own best Python client does with the same server and the same records.

usage: client_bench.py STORE ADDRESS ROWS DIMENSION READ [PSQL]
Writes ROWS records into a collection of its own; then scans, gets by id and searches READ, which
somebody else filled with as many. Prints JSON: what was done, and how many a second. Records are
made before the clock runs; what a client does to send and to read them is what is measured.
"""
import json
import os
import random
import sys
import time

OWN = "bench_client"
GET = 100
FIELDS = ["title", "section", "size", "text"]


def payload(row):
    return {"title": f"package {row}", "section": f"s{row % 40}", "size": row * 17,
            "text": "lorem " * 20}


def measure(count, body):
    start = time.perf_counter()
    body()
    return count / (time.perf_counter() - start)


def batches(count, size):
    return (range(start, min(start + size, count)) for start in range(0, count, size))


def expect(found, wanted):
    if found != wanted:
        sys.exit(f"{found} of {wanted} records came")


class Qdrant:
    def __init__(self, bench):
        from qdrant_client import QdrantClient, models

        self.models = models
        self.read = bench.read
        self.client = QdrantClient(url=bench.address, timeout=60, check_compatibility=False)

    def create(self, dimension):
        self.client.delete_collection(OWN)
        self.client.create_collection(OWN, vectors_config=self.models.VectorParams(
            size=dimension, distance=self.models.Distance.COSINE))

    def write(self, vectors, payloads):
        for rows in batches(len(vectors), 500):
            batch = self.models.Batch(
                ids=list(rows), vectors=[vectors[row] for row in rows],
                payloads=[payloads[row] for row in rows])
            self.client.upsert(OWN, batch, wait=True)

    def drop(self):
        self.client.delete_collection(OWN)

    def scan(self):
        count, offset = 0, None
        while True:
            points, offset = self.client.scroll(
                self.read, limit=1000, offset=offset, with_payload=True, with_vectors=True)
            count += len(points)
            if offset is None:
                return count

    def get(self, ids):
        return len(self.client.retrieve(self.read, ids, with_payload=True, with_vectors=True))

    def search(self, vector):
        return len(self.client.query_points(self.read, query=vector, limit=10).points)


class Chroma:
    def __init__(self, bench):
        import chromadb
        from chromadb.config import Settings

        host, port = bench.address.removeprefix("http://").split(":")
        self.client = chromadb.HttpClient(
            host=host, port=int(port), settings=Settings(anonymized_telemetry=False))
        self.read = self.client.get_collection(bench.read, embedding_function=None)

    def create(self, dimension):
        self.drop(missing=True)
        self.own = self.client.create_collection(
            OWN, embedding_function=None, configuration={"hnsw": {"space": "cosine"}})

    def write(self, vectors, payloads):
        for rows in batches(len(vectors), 1000):
            self.own.upsert(
                ids=[str(row) for row in rows], embeddings=vectors[rows.start:rows.stop],
                metadatas=[payloads[row] for row in rows])

    def drop(self, missing=False):
        try:
            self.client.delete_collection(OWN)
        except Exception:
            if not missing:
                raise

    def scan(self):
        count = 0
        while True:
            page = self.read.get(limit=1000, offset=count, include=["embeddings", "metadatas"])
            if not page["ids"]:
                return count
            count += len(page["ids"])

    def get(self, ids):
        return len(self.read.get(
            ids=[str(id) for id in ids], include=["embeddings", "metadatas"])["ids"])

    def search(self, vector):
        return len(self.read.query(query_embeddings=[vector], n_results=10,
                                   include=["metadatas", "distances"])["ids"][0])


class Milvus:
    def __init__(self, bench):
        import pymilvus

        self.milvus = pymilvus
        pymilvus.connections.connect(uri=bench.address)
        self.read = pymilvus.Collection(bench.read)

    def create(self, dimension):
        milvus = self.milvus
        self.drop()
        fields = [
            milvus.FieldSchema("id", milvus.DataType.INT64, is_primary=True),
            milvus.FieldSchema("vector", milvus.DataType.FLOAT_VECTOR, dim=dimension),
        ]
        self.own = milvus.Collection(
            OWN, milvus.CollectionSchema(fields, enable_dynamic_field=True))
        self.own.create_index("vector", {
            "index_type": "HNSW", "metric_type": "COSINE",
            "params": {"M": 16, "efConstruction": 100}})
        self.own.load()

    def write(self, vectors, payloads):
        for rows in batches(len(vectors), 1000):
            self.own.upsert([
                {"id": row, "vector": vectors[row], **payloads[row]} for row in rows])

    def drop(self):
        if self.milvus.utility.has_collection(OWN):
            self.milvus.utility.drop_collection(OWN)

    def scan(self):
        pages = self.read.query_iterator(batch_size=1000, output_fields=["vector", *FIELDS])
        count = 0
        while page := pages.next():
            count += len(page)
        pages.close()
        return count

    def get(self, ids):
        return len(self.read.query(f"id in {list(ids)}", output_fields=["vector", *FIELDS]))

    def search(self, vector):
        found = self.read.search(
            [vector], "vector", {"metric_type": "COSINE"}, limit=10, output_fields=FIELDS)
        return len([hit.entity.to_dict() for hit in found[0]])


class Postgres:
    """COPY by psql, which decodes nothing; reads by id and searches by psycopg."""

    def __init__(self, bench):
        import psycopg
        from pgvector import Vector
        from pgvector.psycopg import register_vector

        self.vector = Vector
        self.read, self.rows = bench.read, bench.rows
        self.psql = f"{bench.psql} -X -q -v ON_ERROR_STOP=1 '{bench.address}' -c "
        self.connection = psycopg.connect(bench.address, autocommit=True)
        register_vector(self.connection)
        self.cursor = self.connection.cursor(binary=True)
        self.file = f"{bench.folder}/copy.bin"

    def shell(self, command):
        if os.system(self.psql + f'"{command}"'):
            sys.exit(f"psql failed: {command}")

    def create(self, dimension):
        self.cursor.execute(f"DROP TABLE IF EXISTS {OWN}")
        self.cursor.execute(f"CREATE TABLE {OWN} (LIKE {self.read} INCLUDING DEFAULTS)")
        self.cursor.execute(f"ALTER TABLE {OWN} ADD PRIMARY KEY (id)")
        self.copy_out(self.file)
        self.cursor.execute("CHECKPOINT")

    def copy_out(self, file):
        self.shell(f"\\copy {self.read} to '{file}' with (format binary)")

    def write(self, vectors, payloads):
        self.shell(f"\\copy {OWN} from '{self.file}' with (format binary)")

    def drop(self):
        self.cursor.execute(f"DROP TABLE {OWN}")
        os.remove(self.file)

    def scan(self):
        self.copy_out("/dev/null")
        return self.rows

    def get(self, ids):
        return len(self.cursor.execute(
            f"SELECT id, payload, embedding FROM {self.read} WHERE id = ANY(%s)",
            [list(ids)]).fetchall())

    def search(self, vector):
        return len(self.cursor.execute(
            f"SELECT id, payload, embedding <=> %s AS distance FROM {self.read} "
            "ORDER BY distance LIMIT 10", [self.vector(vector)]).fetchall())


class SQLite:
    """Python's own sqlite3, and for searches sqlite-vec, which not every build of it can load."""

    def __init__(self, bench):
        import apsw
        import sqlite_vec

        self.read = bench.read
        self.own = bench.folder + "/client.db"
        self.connection = self.connect(bench.address)
        self.searching = apsw.Connection(bench.address)
        self.searching.enable_load_extension(True)
        self.searching.load_extension(sqlite_vec.loadable_path())
        self.searching.execute("PRAGMA cache_size = -16384; PRAGMA mmap_size = 4294967296")

    @staticmethod
    def connect(path):
        import sqlite3

        connection = sqlite3.connect(path)
        connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;"
            "PRAGMA mmap_size = 4294967296")
        return connection

    def create(self, dimension):
        self.target = self.connect(self.own)
        self.target.execute(
            f"CREATE TABLE {OWN} (id INTEGER PRIMARY KEY NOT NULL, "
            "payload TEXT NOT NULL DEFAULT '{}', vector BLOB)")

    def write(self, vectors, payloads):
        for rows in batches(len(vectors), 1000):
            with self.target:
                self.target.executemany(
                    f"INSERT OR REPLACE INTO {OWN} VALUES (?, ?, ?)",
                    ((row, json.dumps(payloads[row]), vectors[row].tobytes()) for row in rows))

    def drop(self):
        self.target.close()
        for end in ["", "-wal", "-shm"]:
            if os.path.exists(self.own + end):
                os.remove(self.own + end)

    def scan(self):
        return self.decoded(f"SELECT id, payload, vector FROM {self.read} ORDER BY id", [])

    def get(self, ids):
        marks = ", ".join("?" for _ in ids)
        return self.decoded(
            f"SELECT id, payload, vector FROM {self.read} WHERE id IN ({marks})", list(ids))

    def decoded(self, sql, values):
        from array import array

        count = 0
        for _, text, blob in self.connection.execute(sql, values):
            json.loads(text)
            array("f").frombytes(blob)
            count += 1
        return count

    def search(self, vector):
        found = self.searching.execute(
            f"SELECT id, payload, vec_distance_cosine(vector, ?) AS distance FROM {self.read} "
            "ORDER BY distance LIMIT 10", [vector.tobytes()])
        return len([json.loads(text) for _, text, _ in found])


class Bench:
    def __init__(self, store, address, rows, dimension, read, folder, psql="psql"):
        self.store, self.address, self.read = store, address, read
        self.folder, self.psql = folder, psql
        self.rows, self.dimension = int(rows), int(dimension)

    def vectors(self, count):
        """As the client likes them best."""
        from array import array

        rng = random.Random(5)
        made = [array("f", (rng.random() - 0.5 for _ in range(self.dimension)))
                for _ in range(count)]
        if self.store == "chroma":
            import numpy

            return numpy.array(made, dtype=numpy.float32)
        return made if self.store == "sqlite" else [list(one) for one in made]

    def run(self):
        client = CLIENTS[self.store](self)
        rates = {}
        made = 200 if self.store == "pgvector" else self.rows
        vectors, payloads = self.vectors(made), [payload(row) for row in range(made)]
        client.create(self.dimension)
        rates["write"] = measure(self.rows, lambda: client.write(vectors, payloads))
        client.drop()
        rates["scan"] = measure(self.rows, lambda: expect(client.scan(), self.rows))
        rng = random.Random(7)
        asked = [rng.sample(range(self.rows), GET) for _ in range(20)]
        client.get(asked[0])
        rates["get"] = measure(
            GET * len(asked), lambda: [expect(client.get(ids), GET) for ids in asked])
        queries = vectors[:100]
        client.search(queries[0])
        rates["search"] = measure(
            len(queries), lambda: [expect(client.search(one), 10) for one in queries])
        print(json.dumps(rates))


CLIENTS = {"qdrant": Qdrant, "chroma": Chroma, "milvus": Milvus, "pgvector": Postgres,
           "sqlite": SQLite}
if __name__ == "__main__":
    Bench(*sys.argv[1:]).run()
