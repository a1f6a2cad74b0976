"""What comparing a real client's answers takes, whichever client it is."""

DIMENSION = 16


def vector(random):
    """Of unit length: a store that normalises changes nothing."""
    entries = [random.gauss(0, 1) for _ in range(DIMENSION)]
    length = sum(entry * entry for entry in entries) ** 0.5
    return [entry / length for entry in entries]


def differ(a, b, at="answer"):
    """None, or where the two differ; numbers within float32's tolerance are equal."""
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return None if a is b else f"{at}: {a!r} directly, {b!r} through the gateway"
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        near = abs(a - b) <= 2e-6 * max(1, abs(a), abs(b))
        return None if near else f"{at}: {a!r} directly, {b!r} through the gateway"
    if isinstance(a, dict) and isinstance(b, dict):
        if a.keys() != b.keys():
            return f"{at}: fields {sorted(a)} directly, {sorted(b)} through the gateway"
        pairs = [(a[key], b[key], f"{at}.{key}") for key in a]
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return f"{at}: {len(a)} directly, {len(b)} through the gateway: {a!r:.300} {b!r:.300}"
        pairs = [(x, y, f"{at}[{i}]") for i, (x, y) in enumerate(zip(a, b))]
    else:
        return None if a == b else f"{at}: {a!r} directly, {b!r} through the gateway"
    return next((found for found in (differ(*pair) for pair in pairs) if found), None)


class Tally:
    """Calls that were compared, and what differed."""

    def __init__(self):
        self.calls, self.refusals, self.differences = 0, 0, []

    def compare(self, what, direct, gateway):
        self.calls += 1
        found = differ(direct, gateway)
        if found:
            self.differences.append(f"{what}: {found}")

    def report(self, phase):
        """The exit code."""
        for difference in self.differences[:20]:
            print(f"{phase}: {difference}")
        print(f"{phase}: calls {self.calls}, refused by name {self.refusals}, "
              f"differences {len(self.differences)}")
        return 1 if self.differences else 0
