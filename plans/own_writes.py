"""An application that keeps its own dual writes, in step with a Crossfade migration. It goes to
both stores with their own client; the gateway tells the route, holds intents and compares."""
import collections, contextlib, json, random, sqlite3, threading, time, urllib.error, urllib.request


class Migration:
    def __init__(self, gateway, name, stores):
        self.gateway, self.name, self.stores = gateway, name, stores  # source and target
        self.reads = collections.Counter()  # under way, by epoch
        self.changed = threading.Condition()
        self.route, self.until, self.calls = {"epoch": -1}, 0, []
        threading.Thread(target=self.follow, daemon=True).start()

    def ask(self, path, body=None, headers=()):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.gateway + path, data, dict(headers))
        while asked := time.monotonic():  # what is granted counts from here
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return {"asked": asked, **json.load(answer)}
            except urllib.error.HTTPError as error:
                if error.code not in (304, 503):
                    raise
                if error.code == 304:
                    return {"asked": asked}
                time.sleep(0.1)  # held while authority moves, or busy: nothing was done

    def follow(self):
        while True:
            with self.changed:  # showing an epoch says: nothing begun under an earlier one goes on
                epoch = self.route["epoch"]
                self.changed.wait_for(lambda: all(e >= epoch for e in +self.reads), 5)
            with contextlib.suppress(OSError):
                known = {"If-None-Match": f'"{epoch}"'}
                told = self.ask(f"/v1/route?client={self.name}&wait_ms=500", headers=known)
                with self.changed:
                    self.route = {**self.route, **told}
                    self.until = self.route["asked"] + self.route["valid_ms"] / 1000
                    self.changed.notify_all()
                calls, self.calls = self.calls, []
                self.ask("/v1/observations", {"calls": calls})

    @contextlib.contextmanager
    def reading(self):
        with self.changed:  # where the gateway is gone for longer, reads go on as they were
            self.changed.wait_for(lambda: time.monotonic() < self.until, 5)
            route = self.route
            self.reads[route["epoch"]] += 1
        try:
            yield route
        finally:
            with self.changed:
                self.reads[route["epoch"]] -= 1
                self.changed.notify_all()

    def get(self, key):
        with self.reading() as route:
            sides = self.ask("/v1/reads", {"ids": [key]}) if route["reads"] == "ask" else {}
            side = next(filter(sides.get, self.stores), route["authority"])
            return self.call("get", side, key)

    def search(self, vector, k):
        with self.reading() as route:
            if random.random() * 100 < route["weight"]:
                return self.call("search", route["follower"], vector, k)
            hits = self.call("search", route["authority"], vector, k)  # [{"id", "distance"}]
            if random.random() * 100 < route["mirror"]:
                seen = {"query": {"vector": vector, "k": k}, "authority": hits}
                seen["follower"] = self.call("search", route["follower"], vector, k)
                self.ask("/v1/observations", {"searches": [seen]})
            return hits

    def call(self, operation, side, *arguments):
        begun, call = time.monotonic(), {"operation": operation, "side": side, "failed": True}
        try:
            answer = getattr(self.stores[side], operation)(*arguments)
            call["failed"] = False
            return answer
        finally:
            self.calls.append({**call, "ms": (time.monotonic() - begun) * 1000})

    def write(self, key, change):  # change(store) writes the same to the store it is given
        outcome = "nothing"
        while outcome == "nothing":
            lease = self.ask("/v1/writes/begin", {"ids": [key]})
            try:
                if (time.monotonic() - lease["asked"]) * 1000 < lease["span_ms"] / 2:
                    outcome = "unknown"
                    change(self.stores[lease["authority"]])
                    outcome = "follower_failed"
                    with contextlib.suppress(sqlite3.Error):  # it undoes what it reports as failed
                        if lease["follower"]:
                            change(self.stores[lease["follower"]])
                        outcome = "written"
            finally:
                ended = [{"lease": lease["lease"], "outcome": outcome}]
                end = self.ask("/v1/writes/end", {"leases": ended})["ends"][0]
        if end == "lapsed":
            raise TimeoutError("it took too long and may be undone: write it again")
