"""The page that everybody reloads when a festival opens."""

import time
from collections.abc import Iterator

from tests.bench.load import Task
from tests.bench.site import Prepared, Server, load
from tests.bench.table import Row, timed

TIMES = 40
CLIENTS = 8


def measure(name: str, running: Server, prepared: Prepared, seconds: float) -> Iterator[Row]:
    """Its size, its time when nothing is kept, and how often it is served when it is."""
    path = f"/en/experiences/{prepared.slug}"
    times, size = [], 0
    for number in range(TIMES):
        start = time.perf_counter()
        # An address of its own each time: nobody has asked for it before.
        _status, _headers, body = running.get(f"{path}?from=bench-{number}")
        times.append((time.perf_counter() - start) * 1000)
        size = len(body)
    wanted = {"p50": 20, "kib": 40}
    facts = {"kib": size / 1024}
    yield Row(name, "page, not kept", 1, [timed(times)], "50", wanted=wanted, facts=facts)
    etag = running.get(path)[1].get("ETag", "")
    for label, known in (("page, kept", ""), ("page, unchanged (304)", etag)):
        made = load(Task(running.port, CLIENTS, seconds, "page", path=path, etag=known))
        yield Row(name, label, CLIENTS, [made], "50", wanted={"per_s": 1500})
