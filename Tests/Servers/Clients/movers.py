"""What a mover that people use today does with the same servers and the same records.

usage: movers.py export ADDRESS COLLECTION FOLDER   vdf-io: Chroma into files of Parquet
       movers.py import FOLDER ADDRESS              vdf-io: such files into Qdrant
       movers.py migrate ADDRESS TO COLLECTION      qdrant-client: Qdrant into Qdrant
Prints JSON: how many seconds the move took. What movers print is shown where they fail.
"""
import contextlib
import io
import json
import os
import sys
import time


def export(address, collection, folder):
    from vdf_io.export_vdf.chroma_export import ExportChroma

    os.chdir(folder)
    mover = ExportChroma({
        "host_port": address.removeprefix("http://"), "collections": collection,
        "library_version": "0.1.248"})
    return lambda: mover.get_data()


def load(folder, address):
    from vdf_io.import_vdf.qdrant_import import ImportQdrant

    made, = (name for name in os.listdir(folder) if name.startswith("vdf_"))
    mover = ImportQdrant({
        "dir": os.path.join(folder, made), "cwd": folder, "url": address, "prefer_grpc": False, "parallel": 5,
        "library_version": "0.1.248"})

    def move():
        try:
            mover.upsert_data()
        except TypeError as error:
            # Its last line subtracts a count that servers do not tell any more; all is sent by then.
            if "'NoneType' and 'int'" not in str(error):
                raise

    return move


def migrate(address, to, collection):
    from qdrant_client import QdrantClient

    source, target = (QdrantClient(url=url, timeout=60, check_compatibility=False)
                      for url in (address, to))
    return lambda: source.migrate(
        target, [collection], recreate_on_collision=True, batch_size=500)


def main(verb, *words):
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            move = {"export": export, "import": load, "migrate": migrate}[verb](*words)
            start = time.perf_counter()
            move()
            seconds = time.perf_counter() - start
    except BaseException:
        print(said.getvalue()[-4000:], file=sys.stderr)
        raise
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
