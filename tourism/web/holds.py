"""Keeping the pages true: before places are shown, what is overdue is done.

Taking places needs no help, it looks for overdue holds itself. But a slot that is shown as full
is not offered, so nobody would ask for it until the next sweep. The same holds for offers that
nobody has answered: their fallback has been announced for that time. Places that came back are
kept for those who wait for them.
"""

from contextlib import suppress

from tourism.bookings.closures import has_to_settle, settle
from tourism.bookings.operations import expire_holds
from tourism.bookings.queries import has_overdue_holds
from tourism.bookings.waiting import serve_all_waiting, slots_to_serve
from tourism.core.clock import now
from tourism.experiences.errors import CeilingFullError
from tourism.web.db import db_session, transaction


def give_back_overdue_holds() -> None:
    """Small indexed reads; a transaction only when there is something to give back."""
    current = now()
    if has_overdue_holds(db_session(), current):
        with transaction() as session:
            expire_holds(session, now=current)
    if has_to_settle(db_session(), current):
        with transaction() as session:
            settle(session, now=current)
    if slots_to_serve(db_session(), current):
        # A slot with room under a ceiling without: who waits for it waits on.
        with suppress(CeilingFullError), transaction() as session:
            serve_all_waiting(session, now=current)
