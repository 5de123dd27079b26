"""The page that everybody reloads when a festival opens."""

import statistics
import time

from tests.bench.load import Task
from tests.bench.site import Prepared, Server, load


def measure(running: Server, prepared: Prepared, seconds: float) -> None:
    """Its size, its time when nothing is kept, and how often it is served when it is."""
    path = f"/en/experiences/{prepared.slug}"
    times, size = [], 0
    for number in range(20):
        start = time.perf_counter()
        # An address of its own each time: nobody has asked for it before.
        _status, _headers, body = running.get(f"{path}?from=bench-{number}")
        times.append((time.perf_counter() - start) * 1000)
        size = len(body)
    etag = running.get(path)[1].get("ETag", "")
    for label, known in (("whole", ""), ("unchanged", etag)):
        made = load(Task(running.port, 8, seconds, "page", path=path, etag=known))
        rate = made.done / made.seconds
        print(f"page {label}: {rate:,.0f} requests/s at 8 clients {made.failed or ''}")
    print(f"page uncached: {statistics.median(times):.1f} ms, {size / 1024:.1f} KiB of HTML")
