"""Reads and writes the folders of the `files` store, knowing NumPy and its page in the docs alone.

    numpy_files.py read FOLDER      prints what lives, one JSON array [id, vectors, payload] a line
    numpy_files.py write FOLDER N   makes a collection of N records
"""
import json
import os
import sys

import numpy


def read(folder):
    manifest = json.load(open(os.path.join(folder, "manifest.json")))
    assert manifest["crossfade_files"] == 1 and manifest["complete"]
    live = {}
    for part in manifest["parts"]:
        name = os.path.join(folder, part["name"])
        if part["deleted"]:
            for line in open(name + ".deleted.jsonl"):
                live.pop(json.loads(line), None)
        arrays = {
            vector["name"]: numpy.load(vector["file"].replace("PART", name), mmap_mode="r")
            for vector in manifest["vectors"]
            if not vector.get("sparse")
        }
        for row, line in enumerate(open(name + ".jsonl", newline="\n")):
            record = json.loads(line)
            vectors = {
                vector: array[row].tolist()
                for vector, array in arrays.items()
                if not numpy.isnan(array[row][0])
            }
            vectors.update(record.get("vectors", {}))
            live[record["id"]] = [record["id"], vectors, record["payload"]]
        assert all(len(array) == row + 1 == part["rows"] for array in arrays.values())
    for record in live.values():
        print(json.dumps(record))


def write(folder, count):
    os.makedirs(folder)
    numbers = numpy.arange(count * 4, dtype=numpy.float32).reshape(count, 4)
    numpy.save(os.path.join(folder, "all.npy"), numbers)
    with open(os.path.join(folder, "all.jsonl"), "w") as lines:
        for key in range(count):
            lines.write(json.dumps({"payload": {"n": key}, "id": key}) + "\n")
    manifest = {
        "crossfade_files": 1,
        "ids": "int",
        "vectors": [{"name": "", "dimension": 4, "distance": "l2"}],
        "parts": [{"name": "all", "rows": count}],
    }
    with open(os.path.join(folder, "manifest.json"), "w") as file:
        json.dump(manifest, file)


if sys.argv[1] == "read":
    read(sys.argv[2])
else:
    write(sys.argv[2], int(sys.argv[3]))
