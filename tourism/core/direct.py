"""Statements straight to the database's driver, for the few places where a rush is met.

An ORM session costs several times what such a statement costs. Each `Direct` has connections of
its own: on PostgreSQL they commit each statement by itself, on SQLite a block is a transaction.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from tourism.core.db import make_engine

_NAMED = re.compile(r"(?<![:\w]):(\w+)")


class Statement:
    """One statement with :named values, as each driver wants it."""

    def __init__(self, text: str) -> None:
        self.sqlite = " ".join(text.split())
        self.postgresql = _NAMED.sub(r"%(\1)s", self.sqlite)


class Direct:
    """The direct way to a database."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url, autocommit=True)
        self.is_postgresql = self.engine.dialect.name == "postgresql"

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
        return isinstance(error, self.engine.dialect.loaded_dbapi.IntegrityError)


class Block:
    """The statements of one block."""

    def __init__(self, connection: Any, *, is_postgresql: bool) -> None:
        self._connection = connection
        self.is_postgresql = is_postgresql

    def row(self, statement: Statement, values: Mapping[str, Any]) -> Any:
        """The first row that a statement gives, if it gives one."""
        if self.is_postgresql:
            return self._connection.execute(statement.postgresql, values, prepare=True).fetchone()
        rows = self._connection.execute(statement.sqlite, _as_kept(values)).fetchall()
        return rows[0] if rows else None  # all are fetched: what is half read cannot be committed


@contextmanager
def _immediate(connection: Any) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _as_kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """As SQLAlchemy keeps them on SQLite."""
    return {
        name: _instant(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
