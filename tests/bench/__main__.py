"""How fast bookings are, beside the bare database in the same run.

Real server processes, the load in another process, every commit waiting for the disk. The rounds
are interleaved, because a machine's speed drifts: only figures of one run may be compared.
"""

import argparse
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench import bare, pages, past, scans
from tests.bench.load import Result, Task
from tests.bench.site import SPREAD, Prepared, Server, analyse, load, prepare, server, warm_up
from tests.servers import postgresql

LINE = "{:<12}{:<8}{:>8}{:>10}{:>9}{:>9}{:>9}{:>8}  {}"
Cell = tuple[str, int, str]  # slots, clients, what


def main() -> None:
    asked = _arguments()
    for name in asked.databases:
        with _database(name) as (url, folder):
            if asked.past:
                past.compare(url, folder, name, asked.past, asked.seconds)
            elif asked.acts:
                _measure(name, url, folder, asked)
        if asked.scans:
            with _database(name) as (url, folder):
                scans.measure(name, url, folder, asked.clients, asked.rounds, asked.seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each measurement")
    parser.add_argument("--rounds", type=int, default=1, help="times each is repeated")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument(
        "--databases", nargs="+", default=["postgresql", "sqlite"], choices=["postgresql", "sqlite"]
    )
    parser.add_argument("--acts", nargs="*", default=["hold", "confirm"])
    parser.add_argument("--scans", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--past", type=int, help="compare 10,000 past bookings with so many")
    return parser.parse_args()


@contextmanager
def _database(name: str) -> Iterator[tuple[str, Path]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if name == "sqlite":
            yield f"sqlite:///{folder / 'tourism.db'}", folder
        else:
            yield stack.enter_context(postgresql(durable=True)), folder


def _measure(name: str, url: str, folder: Path, asked: argparse.Namespace) -> None:
    prepared = prepare(url)
    bare_run = _bare(name, url, folder)
    found: dict[Cell, list[Result]] = defaultdict(list)
    with server(url, folder, workers=1 if name == "sqlite" else 2) as running:
        warm_up(running, prepared)
        analyse(url)
        for _ in range(asked.rounds):
            for slots in (1, SPREAD):
                for clients in asked.clients:
                    where = ("hot" if slots == 1 else str(slots), clients)
                    found[*where, "bare"].append(bare_run(clients, asked.seconds, slots))
                    for act in asked.acts:
                        made = _load(running, prepared, clients, asked.seconds, act, slots)
                        found[*where, act].append(made)
        _print(name, found)
        pages.measure(running, prepared, asked.seconds)


def _bare(name: str, url: str, folder: Path) -> Callable[[int, float, int], Result]:
    if name == "postgresql":
        bare.prepare_postgresql(url, SPREAD)
        return lambda clients, seconds, slots: bare.pgbench(url, clients, seconds, slots)
    bare.prepare_sqlite(folder / "bare.db", SPREAD)
    return lambda _clients, seconds, slots: bare.sqlite(folder / "bare.db", seconds, slots)


def _load(
    running: Server, prepared: Prepared, clients: int, seconds: float, act: str, slots: int
) -> Result:
    return load(Task(running.port, clients, seconds, act, list(prepared.slots[:slots])))


def _print(name: str, found: dict[Cell, list[Result]]) -> None:
    print(f"\n{name}: a booking is one slot, two people; times of single requests in ms")
    print(LINE.format("what", "slots", "clients", "per s", "p50", "p95", "p99", "ratio", "failed"))
    for (slots, clients, what), results in found.items():
        rates = [each.done / each.seconds for each in results]
        base = [each.done / each.seconds for each in found[slots, clients, "bare"]]
        ratio = statistics.median(rate / bare for rate, bare in zip(rates, base, strict=True))
        times = sorted(time for each in results for time in each.times)
        failed = {key: count for each in results for key, count in each.failed.items()}
        label = "hold+confirm" if what == "confirm" else what
        cells = (
            f"{statistics.median(rates):,.0f}",
            *(f"{_at(times, part):.1f}" for part in (0.5, 0.95, 0.99)),
        )
        print(LINE.format(label, slots, clients, *cells, f"{ratio:.2f}", failed or ""), flush=True)


def _at(times: list[float], part: float) -> float:
    return times[min(len(times) - 1, int(len(times) * part))] if times else 0.0


if __name__ == "__main__":
    main()
