"""The revision of a ticket: so large that whoever asks "what changed since?" misses nothing.

SQLite has one writer at a time, so the largest number plus one is in the order of the commits.
On PostgreSQL a transaction with a lower number may commit later; there the number is that of the
transaction, and what is settled ends before the oldest that still runs. No row is locked for it.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement

ON_POSTGRESQL = "pg_current_xact_id()::text::bigint"
ELSEWHERE = "(SELECT coalesce(max(rev), 0) + 1 FROM tickets)"


class next_revision(ColumnElement[int]):  # noqa: N801 - used like a function
    """The number that a change of a ticket gets, in the statement that makes the change."""

    type = sa.BigInteger()
    inherit_cache = True


class settled_revision(ColumnElement[int]):  # noqa: N801 - used like a function
    """Every change below this number can be seen by now; ask from here on next time.

    Must be read before the changes are, or in the same statement.
    """

    type = sa.BigInteger()
    inherit_cache = True


@compiles(next_revision)
@compiles(settled_revision)
def _largest_and_one(_element: ColumnElement[int], _compiler: Any, **_: Any) -> str:
    return ELSEWHERE


@compiles(next_revision, "postgresql")
def _own_transaction(_element: ColumnElement[int], _compiler: Any, **_: Any) -> str:
    return ON_POSTGRESQL


@compiles(settled_revision, "postgresql")
def _oldest_running(_element: ColumnElement[int], _compiler: Any, **_: Any) -> str:
    return "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
