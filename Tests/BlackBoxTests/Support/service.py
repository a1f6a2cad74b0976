"""What stands around a migration, as real processes, for the black-box tests.

service.py app CONFIG PID_FILE LOG PORT   an application: asks the gateway that CONFIG names, and
                                          reads CONFIG again on SIGHUP, SIGUSR1 and POST /reload,
                                          and a second after POST /reload/later; GET /uses/ADDRESS
                                          is 204 where it asks that address now, else 409
service.py hook LOG PORT ANSWERS          takes any call and logs "METHOD PATH BODY"; ANSWERS has a
                                          line "WORD STATUS BODY" for calls with WORD in their path
"""
import http.server
import os
import re
import signal
import sys
import threading
import time
import urllib.request


def log(path, line):
    with open(path, "a") as file:
        file.write(line + "\n")


def serve(port, answer):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do(self):
            length = int(self.headers.get("Content-Length") or 0)
            status, body = answer(self.command, self.path, self.rfile.read(length).decode())
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_PUT = do_DELETE = do

        def log_message(self, *_):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def app(config, pid_file, journal, port):
    state = {"address": None}

    def reload(*_):
        with open(config) as file:
            state["address"] = re.search(r"127\.0\.0\.1:\d+", file.read()).group()
        log(journal, state["address"])

    def ask():
        while True:
            try:
                urllib.request.urlopen(f"http://{state['address']}/v1/count", timeout=1).read()
            except OSError:
                pass
            time.sleep(0.1)

    def answer(method, path, _):
        if (method, path) == ("POST", "/reload"):
            reload()
            return 204, ""
        if (method, path) == ("POST", "/reload/later"):
            threading.Timer(1, reload).start()
            return 202, ""
        if method == "GET" and path.startswith("/uses/"):
            return (204, "") if path == f"/uses/{state['address']}" else (409, "not yet")
        return 404, ""

    reload()
    signal.signal(signal.SIGHUP, reload)
    signal.signal(signal.SIGUSR1, reload)
    threading.Thread(target=ask, daemon=True).start()
    with open(pid_file, "w") as file:
        file.write(f"{os.getpid()}\n")
    serve(int(port), answer)


def hook(journal, port, answers):
    def answer(method, path, body):
        log(journal, f"{method} {path} {body}")
        with open(answers) as file:
            for line in file:
                word, status, text = (line.rstrip("\n").split(" ", 2) + [""])[:3]
                if word in path:
                    return int(status), text
        return 404, ""

    serve(int(port), answer)


{"app": app, "hook": hook}[sys.argv[1]](*sys.argv[2:])
