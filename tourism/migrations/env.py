"""How Alembic reaches the database and what it compares with."""

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


with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_type_as_code,
        compare_type=False,
    )
    with context.begin_transaction():
        triggers.remove(connection)
        context.run_migrations()
        triggers.install(connection)
    connection.commit()
