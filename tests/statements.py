"""Counting the statements that reach the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from tourism.core.direct import Block, Statement


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """Every statement sent meanwhile, in order; BEGIN and COMMIT are not among them."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def direct_statements() -> Iterator[list[str]]:
    """Every statement sent meanwhile straight to a driver, in order."""
    seen: list[str] = []
    send = Block.row

    def note(block: Block, statement: Statement, values: Any) -> Any:
        seen.append(statement.sqlite)
        return send(block, statement, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Block, "row", note)
        yield seen
