"""Holds and confirmations, each measurement right after one of the bare database."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.bench import bare
from tests.bench.load import Result, Task
from tests.bench.site import SPREAD, Prepared, Server, load
from tests.bench.table import Row

Cell = tuple[int, int]  # slots, clients
_NAMES = {"hold": "hold", "confirm": "hold and confirm"}


def measure(
    name: str,
    running: Server,
    prepared: Prepared,
    folder: Path,
    clients: Sequence[int],
    rounds: int,
    seconds: float,
) -> Iterator[Row]:
    """The bare transaction, a hold, and a hold with its confirmation, on one slot and on fifty."""
    bare_run = _bare(name, prepared.url, folder)
    found: dict[Cell, dict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(rounds):
        for slots in (1, SPREAD):
            for count in clients:
                results = found[slots, count]
                results["bare"].append(bare_run(count, seconds, slots))
                for act in _NAMES:
                    task = Task(running.port, count, seconds, act, list(prepared.slots[:slots]))
                    results[act].append(load(task))
    for (slots, count), results in found.items():
        place, base = "hot" if slots == 1 else str(slots), results["bare"]
        yield Row(name, "bare transaction", count, base, place)
        for act, label in _NAMES.items():
            wanted = _wanted(name, act, slots, count)
            yield Row(name, label, count, results[act], place, base, wanted)


def _wanted(name: str, act: str, slots: int, clients: int) -> dict[str, float]:
    share = 1.0 if act == "hold" else 0.5
    if name == "sqlite":
        rate = {"per_s": 500 * share} if clients > 1 else {}
        return rate | ({"p99": 300} if clients == 32 else {})
    time = {8: {"p95": 40.0}, 32: {"p99": 250.0}}.get(clients, {})
    return ({"ratio": (0.5 if slots == 1 else 0.25) * share} if time else {}) | time


def _bare(name: str, url: str, folder: Path) -> Callable[[int, float, int], Result]:
    if name == "postgresql":
        bare.prepare_postgresql(url, SPREAD)
        return lambda clients, seconds, slots: bare.pgbench(url, clients, seconds, slots)
    bare.prepare_sqlite(folder / "bare.db", SPREAD)
    return lambda _clients, seconds, slots: bare.sqlite(folder / "bare.db", seconds, slots)
