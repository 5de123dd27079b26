"""How fast bookings, pages and scans are, beside the bare database in the same run.

Real server processes, the load in another process, every commit waiting for the disk. The rounds
are interleaved, because a machine's speed drifts: only figures of one run may be compared.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench import bookings, desk, pages, past, scans
from tests.bench.site import analyse, prepare, server, warm_up
from tests.bench.table import Row, show
from tests.servers import postgresql

PARTS = ("bookings", "page", "scans", "desk", "past")


def main() -> None:
    asked = _arguments()
    show(row for name in asked.databases for row in _measure(name, asked))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each measurement")
    parser.add_argument("--rounds", type=int, default=2, help="times each is repeated")
    parser.add_argument("--clients", type=int, nargs="+", default=[8, 32])
    parser.add_argument(
        "--databases", nargs="+", default=["postgresql", "sqlite"], choices=["postgresql", "sqlite"]
    )
    parser.add_argument("--parts", nargs="+", default=PARTS[:4], choices=PARTS)
    parser.add_argument("--past", type=int, default=past.MANY, help="past bookings for that part")
    return parser.parse_args()


def _measure(name: str, asked: argparse.Namespace) -> Iterator[Row]:
    if {"bookings", "page"} & set(asked.parts):
        yield from _measure_bookings(name, asked)
    if "scans" in asked.parts:
        with _database(name) as (url, folder):
            yield from scans.measure(name, url, folder, asked.clients, asked.rounds, asked.seconds)
    if "desk" in asked.parts:
        with _database(name) as (url, folder):
            yield from desk.measure(name, url, folder)
    if "past" in asked.parts:
        with _database(name) as few, _database(name) as many:
            yield from past.measure(name, few, many, asked.past, asked.rounds, asked.seconds)


def _measure_bookings(name: str, asked: argparse.Namespace) -> Iterator[Row]:
    with _database(name) as (url, folder):
        prepared = prepare(url)
        with server(url, folder, workers=1 if name == "sqlite" else 2) as running:
            warm_up(running, prepared)
            analyse(url)
            if "bookings" in asked.parts:
                how = asked.clients, asked.rounds, asked.seconds
                yield from bookings.measure(name, running, prepared, folder, *how)
            if "page" in asked.parts:
                yield from pages.measure(name, running, prepared, asked.seconds)


@contextmanager
def _database(name: str) -> Iterator[tuple[str, Path]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if name == "sqlite":
            yield f"sqlite:///{folder / 'tourism.db'}", folder
        else:
            yield stack.enter_context(postgresql(durable=True)), folder


if __name__ == "__main__":
    main()
