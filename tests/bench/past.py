"""Whether years of past bookings slow down today's."""

import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy as sa

from tests.bench.load import Result, Task
from tests.bench.site import SPREAD, Prepared, analyse, load, prepare, server, warm_up
from tests.bench.table import Row
from tourism.core.db import make_engine

FEW, MANY = 10_000, 1_000_000
Database = tuple[str, Path]  # address, and a folder of its own
_CHUNK = 100_000
_SERIES = {
    "postgresql": "(SELECT n FROM generate_series({first}, {last}) n) series",
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s"
    " WHERE n < {last}) SELECT n FROM s) series",
}
_SLOTS = """
INSERT INTO slots (experience_id, starts_at, ends_at, capacity, taken, held_back, state, sample)
SELECT experience_id, {long_ago}, {later}, 1000, 0, 0, 'open', {no} FROM slots, {series}
WHERE id = {slot}
"""
_BOOKINGS = """
INSERT INTO bookings (reference, key, slot_id, party_size, status, name, phone, note, language,
 created_at, confirmed_at, sample)
SELECT 'P' || n, 'key', {first_slot} + n % 2000, 2, 'expired', 'Wang', '+86139' || (10000000 + n),
 '', 'en', '2020-01-01', '2020-01-01', {no} FROM {series}
"""
_TICKETS = """
INSERT INTO tickets (id, booking_id, slot_id, starts_at, ends_at, party_size, admitted, status,
 key_id, changes, rev, issued_at)
SELECT 'T' || id, id, slot_id, '2020-01-01', '2020-01-02', 2, 2, 'valid', 1, 0, 0, '2020-01-01'
FROM bookings WHERE reference LIKE 'P%' AND id > {above}
"""
_AUDIT = """
INSERT INTO audit_entries (at, actor, action, subject_kind, subject_id)
SELECT '2020-01-01', 'visitor', 'booking.hold', 'booking', 'P' || n FROM {series}
"""


def measure(
    name: str, few: Database, many: Database, count: int, rounds: int, seconds: float
) -> Iterator[Row]:
    """Holding and confirming beside few past bookings and beside many, in turn."""
    numbers, prepared = (FEW, count), [_prepared(few[0], FEW), _prepared(many[0], count)]
    found: list[list[Result]] = [[], []]
    with ExitStack() as stack:
        started = [
            stack.enter_context(server(url, folder, workers=1 if name == "sqlite" else 2))
            for url, folder in (few, many)
        ]
        for running, known in zip(started, prepared, strict=True):
            warm_up(running, known)
        for _ in range(rounds):
            for running, known, results in zip(started, prepared, found, strict=True):
                results.append(load(Task(running.port, 1, seconds, "confirm", list(known.slots))))
    longer = {"times as long": _middle(found[1]) / _middle(found[0])}
    for number, results, facts in zip(numbers, found, ({}, longer), strict=True):
        wanted = dict.fromkeys(facts, 1.2)
        label = f"beside {number:,} past"
        yield Row(name, label, 1, results, str(SPREAD), wanted=wanted, facts=facts)


def _middle(results: list[Result]) -> float:
    return statistics.median(time for each in results for time in each.times)


def _prepared(url: str, count: int) -> Prepared:
    made = prepare(url)
    fill(url, made, 1, count)
    analyse(url)
    return made


def fill(url: str, prepared: Prepared, first: int, last: int) -> None:
    """Past bookings first … last with tickets and audit entries, written by the database."""
    engine = make_engine(url)
    backend = engine.dialect.name
    with engine.begin() as connection:
        if first == 1:
            connection.exec_driver_sql(_slots(backend, prepared))
        slot = connection.execute(sa.text("SELECT max(id) - 1999 FROM slots")).scalar_one()
        for start in range(first, last + 1, _CHUNK):
            end = min(start + _CHUNK - 1, last)
            above = connection.execute(sa.text("SELECT coalesce(max(id), 0) FROM bookings"))
            facts = {
                "series": _SERIES[backend].format(first=start, last=end),
                "no": "false" if backend == "postgresql" else "0",
                "first_slot": slot,
                "above": above.scalar_one(),
            }
            for statement in (_BOOKINGS, _TICKETS, _AUDIT):
                connection.execute(sa.text(statement.format(**facts)))
    engine.dispose()


def _slots(backend: str, prepared: Prepared) -> str:
    if backend == "postgresql":
        begin = "timestamptz '2020-01-01' + n * interval '1 hour'"
        later, no = f"{begin} + interval '1 hour'", "false"
    else:
        begin = "datetime('2020-01-01', '+' || n || ' hours')"
        later, no = "datetime('2020-01-01', '+' || (n + 1) || ' hours')", "0"
    series = _SERIES[backend].format(first=1, last=2000)
    return _SLOTS.format(long_ago=begin, later=later, no=no, series=series, slot=prepared.slots[0])
