"""Keeping the pages true: before places are shown, overdue holds give theirs back.

Taking places needs no help, it looks for overdue holds itself. But a slot that is shown as full
is not offered, so nobody would ask for it until the next sweep.
"""

from tourism.bookings.operations import expire_holds
from tourism.bookings.queries import has_overdue_holds
from tourism.core.clock import now
from tourism.web.db import db_session, transaction


def give_back_overdue_holds() -> None:
    """One small indexed read; a transaction only when there is something to give back."""
    current = now()
    if has_overdue_holds(db_session(), current):
        with transaction() as session:
            expire_holds(session, now=current)
