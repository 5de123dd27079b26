"""Keeping the pages true: before places are shown, what is overdue is done.

Taking places needs no help, it looks for overdue holds itself. But a slot that is shown as full
is not offered, so nobody would ask for it until the next sweep. The same holds for offers that
nobody has answered: their fallback has been announced for that time. Places that came back are
kept for those who wait for them.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from flask import current_app

from tourism.bookings.operations import expire_holds
from tourism.bookings.settling import settle
from tourism.bookings.upkeep import what_is_due
from tourism.bookings.waiting import serve_waiting, slots_to_serve
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
        settle_offers(current)
    if due.holds or due.offers or due.waiting:
        _serve_unless_paused(current)


def settle_offers(current: datetime) -> int:
    """`settle` in a transaction of its own. What a ceiling that has just become full refuses is
    tried again by the next who looks."""
    with suppress(CeilingFullError), transaction() as session:
        return settle(session, now=current)
    return 0


def serve_lines(current: datetime) -> int:
    """Serve every line that has room for somebody, each in a transaction of its own."""
    served = 0
    for slot_id in slots_to_serve(db_session(), current):
        with transaction() as session:
            served += serve_waiting(session, slot_id=slot_id, now=current)
    return served


def _serve_unless_paused(current: datetime) -> None:
    if current < current_app.extensions.get(_KEY, current):
        return
    if not serve_lines(current):
        current_app.extensions[_KEY] = current + _PAUSE
