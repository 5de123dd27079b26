"""What the clock makes due, asked at every page view in one indexed statement."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.bookings import HOLD, confirm, make_bookable_slot, make_hold
from tests.statements import statements
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.upkeep import Due, what_is_due
from tourism.experiences.models import Slot

NOTHING = Due(holds=False, offers=False, waiting=False)


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    return make_bookable_slot(session, at)


def test_a_hold_is_due_when_it_is_over(session: Session, slot: Slot, at: datetime) -> None:
    booking = make_hold(session, slot, at)
    assert what_is_due(session, at + HOLD - timedelta(seconds=1)) == NOTHING
    assert what_is_due(session, at + HOLD) == Due(holds=True, offers=False, waiting=False)
    confirm(session, booking, at)
    assert what_is_due(session, at + HOLD) == NOTHING


def test_it_is_one_statement_on_indexes(session: Session, slot: Slot, at: datetime) -> None:
    """Most bookings are long past; only those that are still open may be read."""
    _have_come(session, make_hold(session, slot, at), 3000)
    with statements(session) as seen:
        what_is_due(session, at)
    (query,) = seen
    assert "ix_bookings_open_holds" in _plan(session, query, "'2027-05-30 01:00:00'")


def _have_come(session: Session, like: Booking, count: int) -> None:
    """Bookings of the past, known to the planner of PostgreSQL as they are to one in use."""
    table = Booking.__table__
    row = dict(session.execute(sa.select(table).where(table.c.id == like.id)).mappings().one())
    row["status"] = BookingStatus.COMPLETED
    rows = [row | {"id": row["id"] + n, "reference": f"P{n}"} for n in range(1, count + 1)]
    session.execute(sa.insert(table), rows)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("ANALYZE bookings"))


def _plan(session: Session, query: str, instant: str) -> str:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        query = query.replace("?", instant)
    else:
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        for name in ("hold_expires_at_1", "answer_by_1", "ends_at_1"):
            query = query.replace(f"%({name})s::TIMESTAMP WITH TIME ZONE", instant)
        query = query.replace("%(state_1)s", "'open'")
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    return str(session.connection().exec_driver_sql(explain + query).all())
