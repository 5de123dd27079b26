"""Lists with people on them, to be taken away."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, record
from tourism.statistics.queries import BookingRow, bookings_between


def export_bookings(
    session: Session, *, day: date, starts: datetime, ends: datetime, now: datetime, actor: Actor
) -> list[BookingRow]:
    """A day's bookings; who takes them leaves a trace."""
    rows = bookings_between(session, starts, ends)
    after = {"rows": len(rows)}
    record(
        session, actor=actor, action="bookings.export", subject=("day", day), at=now, after=after
    )
    return rows
