"""Scans: phones that ask the server about each ticket, beside the bare conditional UPDATE.

The bare database does the least that could admit anybody: one UPDATE, no record of it. Phones are
enrolled and codes are signed before the time runs; each scan is of a ticket drawn at random and
lets one person of its party in.
"""

import random
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.bench import bare
from tests.bench.load import Result, Task
from tests.bench.site import Server, analyse, load, server
from tests.bench.table import Row
from tests.factories.admissions import make_device, make_gate, make_ticket
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience, make_slot
from tourism import migrations
from tourism.core.clock import now
from tourism.core.db import make_engine
from tourism.tickets.keys import TicketKeys, create_keys
from tourism.tickets.tokens import Token, sign_token

TICKETS, PHONES = 1000, 8
PARTY = 255  # the largest that a code can say, so that no measurement uses the tickets up
_NAMES = {"bare": "bare UPDATE of a ticket", "scan": "scan", "forged": "scan of a forged code"}
Cell = tuple[int, str]  # clients, what
Phones = dict[str, list[str]]  # their secrets, and the tokens they scan
_TABLE = (
    "CREATE TABLE scanned (id int PRIMARY KEY, size int, admitted int, CHECK (admitted <= size))"
)
_UPDATE = "UPDATE scanned SET admitted = admitted + 1 WHERE id = :ticket AND admitted + 1 <= size"
_PGBENCH = f"\\set ticket random(1, :slots)\n{_UPDATE};\n"


def measure(
    name: str, url: str, folder: Path, clients: Sequence[int], rounds: int, seconds: float
) -> Iterator[Row]:
    """Scans, good and forged, and their part of the bare rate."""
    prepared = prepare(url, create_keys(folder / "ticket-keys.json"))
    file = folder / "bare-scans.db"
    _prepare_bare(name, url, file)
    forged = prepared | {"tokens": [_edited(token) for token in prepared["tokens"]]}
    found: dict[Cell, list[Result]] = defaultdict(list)
    with server(url, folder, workers=1 if name == "sqlite" else 2) as running:
        _load(running, prepared, 8, 1.0)  # every worker has imported and connected
        analyse(url)
        for _ in range(rounds):
            for count in clients:
                found[count, "bare"].append(_bare(name, url, file, count, seconds))
                found[count, "scan"].append(_load(running, prepared, count, seconds))
                found[count, "forged"].append(
                    _load(running, forged, count, seconds, "bad_signature")
                )
    for (count, what), results in found.items():
        base = found[count, "bare"] if what == "scan" else []
        wanted = {"ratio": 0.1, "p95": 20.0} if name == "postgresql" and what == "scan" else {}
        label = _NAMES[what]
        yield Row(name, label, count, results, base=base, wanted=wanted if count == 8 else {})


def prepare(url: str, keys: TicketKeys) -> Phones:
    """A migrated database with a gate, its phones and tickets: their secrets and codes."""
    engine = make_engine(url)
    migrations.upgrade(engine)
    with Session(engine) as session:
        make_destination(session)
        experience = make_experience(session)
        slot = make_slot(
            session, experience, now().replace(second=0, microsecond=0) - timedelta(minutes=10)
        )
        gate = make_gate(session, experience)
        secrets = [make_device(session, gate, now()) for _ in range(PHONES)]
        tickets = [make_ticket(session, slot, PARTY) for _ in range(TICKETS)]
        tokens = [sign_token(keys, Token.of(ticket)) for ticket in tickets]
        session.commit()
    engine.dispose()
    return {"secrets": secrets, "tokens": tokens}


def _edited(token: str) -> str:
    """The same code with one letter of its ticket's number changed."""
    return token[:20] + ("0" if token[20] != "0" else "1") + token[21:]


def _load(
    running: Server, phones: Phones, clients: int, seconds: float, outcome: str = "ok"
) -> Result:
    return load(Task(running.port, clients, seconds, "scan", phones=phones, outcome=outcome))


def _prepare_bare(name: str, url: str, file: Path) -> None:
    """The fewest columns that could be counted up, in PostgreSQL beside the site's own tables."""
    engine = make_engine(url if name == "postgresql" else f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql(_TABLE)
        rows = [{"id": number + 1} for number in range(TICKETS)]
        connection.execute(sa.text("INSERT INTO scanned VALUES (:id, 100000000, 0)"), rows)
    engine.dispose()


def _bare(name: str, url: str, file: Path, clients: int, seconds: float) -> Result:
    if name == "postgresql":
        return bare.run_pgbench(url, _PGBENCH, clients, seconds, TICKETS)
    return _sqlite(file, seconds)


def _sqlite(file: Path, seconds: float) -> Result:
    """A plain loop; more threads would only wait for each other."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    times: list[float] = []
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        start = time.perf_counter()
        connection.execute(_UPDATE.replace(":ticket", "?"), (random.randint(1, TICKETS),))
        times.append((time.perf_counter() - start) * 1000)
    connection.close()
    return Result(len(times), passed, times, {})
