"""The bare databases: the same rows, with nothing above them."""

import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from tests.bench.load import Result
from tests.servers import programs

_TABLES = """
CREATE SCHEMA bare;
CREATE TABLE bare.slots (id int PRIMARY KEY, capacity int, taken int, CHECK (taken <= capacity));
CREATE TABLE bare.bookings (id {serial}, reference varchar(8) UNIQUE, slot_id int
 REFERENCES bare.slots, size int, status varchar(24), created_at timestamp);
CREATE TABLE bare.tickets (id varchar(16) PRIMARY KEY, booking_id int REFERENCES bare.bookings,
 size int, admitted int);
CREATE TABLE bare.audit (id {serial}, at timestamp, actor varchar(80), action varchar(40),
 subject varchar(40));
"""
_TRANSACTION = """
\\set slot random(1, :slots)
BEGIN;
UPDATE bare.slots SET taken = taken + 2 WHERE id = :slot AND taken + 2 <= capacity;
INSERT INTO bare.bookings (reference, slot_id, size, status, created_at)
 VALUES (left(md5(random()::text), 8), :slot, 2, 'held', now()) RETURNING id \\gset
INSERT INTO bare.tickets VALUES (left(md5(random()::text), 16), :id, 2, 0);
INSERT INTO bare.audit (at, actor, action, subject)
 VALUES (now(), 'visitor', 'booking.hold', :id::text);
COMMIT;
"""


def prepare_postgresql(url: str, slots: int) -> None:
    """Bare tables beside the site's own, in the same server."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in _TABLES.format(serial="serial PRIMARY KEY").split(";")[:-1]:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(
            f"INSERT INTO bare.slots SELECT n, 100000000, 0 FROM generate_series(1, {slots}) n"
        )
    engine.dispose()


def pgbench(url: str, clients: int, seconds: float, slots: int) -> Result:
    """BEGIN, conditional UPDATE, INSERT booking, ticket and audit row, COMMIT."""
    return run_pgbench(url, _TRANSACTION, clients, seconds, slots)


def run_pgbench(url: str, sql: str, clients: int, seconds: float, slots: int) -> Result:
    """A script of pgbench's own language, which may draw from 1 to :slots."""
    at = sa.make_url(url)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "booking.sql"
        script.write_text(sql)
        command = [
            *(shutil.which("pgbench") or programs() / "pgbench",),
            *("-n", "-M", "prepared", "-h", at.host or "", "-p", str(at.port)),
            *("-U", at.username or "", "-c", str(clients), "-j", "1", "-T", str(round(seconds))),
            *("-D", f"slots={slots}", "-f", script, "-l", "--log-prefix=log"),
            at.database or "postgres",
        ]
        environ = os.environ | {"PGPASSWORD": at.password or ""}
        ran = subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, text=True, check=True
        )
        times = [
            int(line.split()[2]) / 1000
            for log in Path(folder).glob("log.*")
            for line in log.read_text().splitlines()
        ]
    rate = re.search(r"tps = ([\d.]+)", ran.stdout)
    assert rate, ran.stdout
    return Result(len(times), len(times) / float(rate[1]), times, {})


def prepare_sqlite(file: Path, slots: int) -> None:
    """Bare tables in a file of their own, set as the site's."""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        tables = _TABLES.format(serial="INTEGER PRIMARY KEY").replace("bare.", "")
        connection.executescript(tables.replace("CREATE SCHEMA bare;", ""))
        connection.executemany(
            "INSERT INTO slots VALUES (?, 100000000, 0)", [(n + 1,) for n in range(slots)]
        )


def sqlite(file: Path, seconds: float, slots: int) -> Result:
    """The same transaction in a plain loop; more threads would only wait for each other."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    times: list[float] = []
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        start = time.perf_counter()
        _book(connection, len(times) % slots + 1)
        times.append((time.perf_counter() - start) * 1000)
    connection.close()
    return Result(len(times), passed, times, {})


def _book(connection: sqlite3.Connection, slot: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "UPDATE slots SET taken = taken + 2 WHERE id = ? AND taken + 2 <= capacity", (slot,)
    )
    made = connection.execute(
        "INSERT INTO bookings (reference, slot_id, size, status, created_at)"
        " VALUES (?, ?, 2, 'held', datetime('now'))",
        (secrets.token_hex(4), slot),
    ).lastrowid
    connection.execute("INSERT INTO tickets VALUES (?, ?, 2, 0)", (secrets.token_hex(8), made))
    connection.execute(
        "INSERT INTO audit (at, actor, action, subject)"
        " VALUES (datetime('now'), 'visitor', 'booking.hold', ?)",
        (made,),
    )
    connection.execute("COMMIT")
