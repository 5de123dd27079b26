"""The declarative base, the named column types and the engine."""

import select
import time
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

RESTED_S = 5.0
SQLITE_POOL = 32
_USED_AT = "tourism.used_at"
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant. Refuses naive values; gives back UTC on every database."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Minutes(sa.types.TypeDecorator[timedelta]):
    """A length of time, kept as whole minutes."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: sa.Dialect) -> int | None:
        return None if value is None else round(value.total_seconds() / 60)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> timedelta | None:
        return None if value is None else timedelta(minutes=value)


JSON = sa.JSON().with_variant(JSONB(), "postgresql")

int_pk = Annotated[int, mapped_column(primary_key=True)]
slug = Annotated[str, mapped_column(sa.String(80), unique=True)]


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        date: sa.Date(),
        timedelta: Minutes(),
        dict[str, str]: JSON,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[int]: JSON,
        list[dict[str, Any]]: JSON,
    }


def enum_column(kind: type[StrEnum]) -> sa.Enum:
    """An enum stored by value, as text, so that a new value needs no change of the schema."""
    return sa.Enum(
        kind,
        native_enum=False,
        length=24,
        create_constraint=False,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )


def make_engine(url: str, *, autocommit: bool = False) -> sa.Engine:
    """The engine of a process. SQLite: WAL, full sync, foreign keys, explicit BEGIN.

    With `autocommit` nothing is begun and nothing ended: each statement stands alone, or the
    caller says BEGIN and COMMIT.
    """
    parsed = sa.make_url(url)
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if autocommit else {}
    if autocommit:
        options["pool_reset_on_return"] = None
    if parsed.get_backend_name() != "sqlite":
        engine = sa.create_engine(parsed, **options)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_ping_rested, engine))
        return engine
    # Connections are files held open; each thread keeps its own instead of opening it anew.
    engine = sa.create_engine(
        parsed, connect_args={"timeout": 10}, pool_size=SQLITE_POOL, **options
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = time.monotonic()


def _ping_rested(
    engine: sa.Engine, connection: Any, record: ConnectionPoolEntry, _lent: object
) -> None:
    """A connection that has rested may be dead: the database was restarted, a firewall forgot it.
    Asking each time would cost every transaction one more round trip. One that the database has
    ended since says so by itself: something waits there to be read."""
    used_at = record.info.get(_USED_AT)
    if used_at is None:
        return
    if time.monotonic() - used_at < RESTED_S and not _has_news(connection):
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        raise sa.exc.DisconnectionError from error


def _has_news(connection: Any) -> bool:
    news = select.poll()
    news.register(connection.fileno(), select.POLLIN)
    return bool(news.poll(0))


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: it would do so without IMMEDIATE.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    """A writer takes the lock at once: an upgrade from read to write could only fail."""
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
