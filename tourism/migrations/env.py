"""How Alembic reaches the database and what it compares with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlalchemy.types import TypeDecorator

from tourism.core.db import Base
from tourism.migrations import triggers
from tourism.migrations.schema import *  # noqa: F403 - all models, so that metadata is whole

engine = context.config.attributes["engine"]


def _type_as_code(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Our own column types stand in migrations as the plain types they are stored as."""
    if kind != "type":
        return False
    if isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    if isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    if isinstance(item, sa.JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


@contextmanager
def _references_unwatched(connection: sa.Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, and watched references would not let the old one
    go. They are watched as soon as the transaction is over; `_check_references` looks before."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # Past SQLAlchemy, which would begin a transaction; in one, the pragma does nothing.
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


def _check_references(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken:
            raise RuntimeError(f"A reference would lead nowhere: {tuple(broken)}")


with engine.connect() as connection, _references_unwatched(connection):
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_type_as_code,
        compare_type=False,
        transactional_ddl=True,  # SQLite can, Alembic does not think so: whole or not at all
    )
    with context.begin_transaction():
        triggers.remove(connection)
        context.run_migrations()
        triggers.install(connection)
        _check_references(connection)
    connection.commit()
