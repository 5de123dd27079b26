"""Keeping the pages true: before places are shown, what is overdue is done.

Taking places needs no help, it looks for overdue holds itself. But a slot that is shown as full
is not offered, so nobody would ask for it until the next sweep. The same holds for offers that
nobody has answered: their fallback has been announced for that time. Places that came back are
kept for those who wait for them.
"""

from datetime import datetime, timedelta

from flask import current_app

from tourism.bookings.operations import expire_holds
from tourism.bookings.settling import settle
from tourism.bookings.upkeep import what_is_due
from tourism.bookings.waiting import serve_all_waiting
from tourism.core.clock import now
from tourism.experiences.errors import CeilingFullError
from tourism.web.db import db_session, transaction

# Under a full ceiling a line stands still: readers must not try it again at every page view.
_PAUSE = timedelta(minutes=1)
_KEY = "tourism.waiting_paused_until"


def give_back_overdue_holds() -> None:
    """One small read; a transaction only when there is something to do."""
    current = now()
    due = what_is_due(db_session(), current)
    if due.holds:
        with transaction() as session:
            expire_holds(session, now=current)
    if due.offers:
        with transaction() as session:
            settle(session, now=current)
    if due.holds or due.offers or due.waiting:
        _serve_waiting(current)


def _serve_waiting(current: datetime) -> None:
    if current < current_app.extensions.get(_KEY, current):
        return
    try:
        with transaction() as session:
            serve_all_waiting(session, now=current)
    except CeilingFullError:
        current_app.extensions[_KEY] = current + _PAUSE
