"""Becomes the real Milvus standalone server of the PyPI package `milvus`.

usage: milvus_server.py PACKAGES DATADIR PORT CACHE
The package's own starter leaves its child behind when it is killed; here there is only one process.
The server's files are unpacked into CACHE once. REST and gRPC are on PORT. There can be one server
a host: a name, which it and its children hold until the last has ended, makes another wait.
"""
import errno
import os
import socket
import sys
import time
from os.path import join

packages, data, port, cache = sys.argv[1:]
sys.path.insert(0, packages)
import milvus  # noqa: E402

# A name, no file: the kernel forgets it with the last that holds it.
lock = socket.socket(socket.AF_UNIX)
lock.set_inheritable(True)
while True:
    try:
        lock.bind("\0crossfade-milvus")
        break
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print("this host runs a Milvus; waiting for its end", flush=True)
        time.sleep(0.5)

data = os.path.abspath(data)
milvus._initialize_data_files(cache)
config = milvus.MilvusServerConfig(data_dir=data, proxy_port=int(port))
config.resolve()
metrics, held = config.resolve_port(9091)
held.close()
os.chdir(data)
environment = dict(
    os.environ,
    DEPLOY_MODE="STANDALONE",
    METRICS_PORT=str(metrics),
    MILVUS_RUN_DIR=join(data, "run"),
    LD_LIBRARY_PATH=join(cache, "bin") + ":" + os.environ.get("LD_LIBRARY_PATH", ""),
)
server = join(cache, "bin", "milvus")
os.execve(server, [server, "run", "standalone"], environment)
