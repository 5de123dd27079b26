"""Phone numbers that somebody here has opened: shown in this browser for a while, to be called."""

from datetime import datetime, timedelta

from flask import session

from tourism.audit.operations import Actor
from tourism.bookings.contacts import open_phone
from tourism.bookings.models import Booking
from tourism.web.db import transaction

SHOWN_FOR = timedelta(minutes=15)
_MOST = 30  # the cookie has to hold them
_KEY = "opened_phones"


def open_number(booking: Booking, actor: Actor, now: datetime) -> None:
    """Show it from now on, and keep who has looked."""
    with transaction() as db:
        open_phone(db, booking=booking, now=now, actor=actor)
    opened = {**_opened(now), booking.reference: int(now.timestamp())}
    session[_KEY] = dict(sorted(opened.items(), key=lambda item: item[1])[-_MOST:])


def opened_numbers(now: datetime) -> frozenset[str]:
    """The bookings whose numbers are shown in this browser."""
    return frozenset(_opened(now))


def _opened(now: datetime) -> dict[str, int]:
    since = (now - SHOWN_FOR).timestamp()
    kept: dict[str, int] = session.get(_KEY, {})
    return {reference: at for reference, at in kept.items() if at > since}
