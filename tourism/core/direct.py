"""Statements straight to the database's driver, for the few places where a rush is met.

An ORM session costs several times what such a statement costs. Each `Direct` has connections of
its own. On PostgreSQL they commit each statement by itself. On SQLite, where a commit waits for the
disk and all others wait for it, acts that come at the same time share a transaction.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from tourism.core.db import make_engine
from tourism.core.turns import FairQueue

_NAMED = re.compile(r"(?<![:\w]):(\w+)")


class Statement:
    """One statement with :named values, as each driver wants it."""

    def __init__(self, text: str) -> None:
        self.sqlite = " ".join(text.split())
        self.postgresql = _NAMED.sub(r"%(\1)s", self.sqlite)


class Direct:
    """The direct way to a database, on SQLite in turn with the other writers of the process."""

    def __init__(self, url: str, turns: FairQueue | None = None) -> None:
        self.engine = make_engine(url, autocommit=True)
        self.is_postgresql = self.engine.dialect.name == "postgresql"
        self._refusal = self.engine.dialect.loaded_dbapi.IntegrityError
        self._turns = turns or FairQueue()

    def write(self, act: "Act") -> bool:
        """Whether `act` has written, and for good. Nothing stays of it where it says no or where
        a constraint refuses. On SQLite another thread may run it."""
        if self.is_postgresql:
            return self._write_alone(act)
        mine = _Share(act)
        with self._turns.together(mine) as shares:
            if shares:
                self._write_all(shares)
        return mine.outcome()

    @contextmanager
    def block(self, *, reads_only: bool = False) -> Iterator["Block"]:
        """Statements to be sent. Any error takes back what SQLite has done in the block."""
        lent = self.engine.raw_connection()
        connection: Any = lent.driver_connection
        try:
            with nullcontext() if self.is_postgresql or reads_only else _immediate(connection):
                yield Block(connection, is_postgresql=self.is_postgresql)
        except BaseException:
            if getattr(connection, "broken", False):
                lent.invalidate()
            raise
        finally:
            lent.close()

    def is_conflict(self, error: Exception) -> bool:
        """Whether a constraint has refused a statement."""
        return isinstance(error, self._refusal)

    def _write_alone(self, act: "Act") -> bool:
        try:
            with self.block() as block:
                return act(block)
        except self._refusal:
            return False

    def _write_all(self, shares: "Sequence[_Share]") -> None:
        """One transaction for all; where it cannot be committed, nobody has written."""
        try:
            with self.block() as block:
                for each in shares:
                    self._write_part(block, each)
        except BaseException as error:  # whoever waits must hear of it, whatever it is
            for each in shares:
                each.error = error

    def _write_part(self, block: "Block", share: "_Share") -> None:
        """What one of them brings: whatever goes wrong in it stays with it."""
        block.connection.execute("SAVEPOINT part")
        try:
            share.has_written = share.act(block)
        except self._refusal:
            pass
        except Exception as error:
            if not block.connection.in_transaction:
                raise  # a full disk, for one: SQLite has taken back what all have done
            share.error = error
        if not share.has_written:
            block.connection.execute("ROLLBACK TO part")
        block.connection.execute("RELEASE part")


class _Share:
    """What one writer brings to a transaction, and what has come of it."""

    def __init__(self, act: "Act") -> None:
        self.act = act
        self.has_written = False
        self.error: BaseException | None = None

    def outcome(self) -> bool:
        if self.error is not None:
            raise self.error
        return self.has_written


class Block:
    """The statements of one block."""

    def __init__(self, connection: Any, *, is_postgresql: bool) -> None:
        self.connection = connection
        self.is_postgresql = is_postgresql

    def row(self, statement: Statement, values: Mapping[str, Any]) -> Any:
        """The first row that a statement gives, if it gives one."""
        if self.is_postgresql:
            return self.connection.execute(statement.postgresql, values, prepare=True).fetchone()
        rows = self.connection.execute(statement.sqlite, values).fetchall()
        return rows[0] if rows else None  # all are fetched: what is half read cannot be committed


@contextmanager
def _immediate(connection: Any) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


Act = Callable[[Block], bool]


def _instant(value: datetime) -> str:
    """As SQLAlchemy keeps it on SQLite; the driver asks for those that a statement uses."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


sqlite3.register_adapter(datetime, _instant)
