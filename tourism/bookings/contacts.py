"""Phone numbers of parties, as far as a host needs them."""

from datetime import datetime

from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, record
from tourism.bookings.errors import PhoneMissingError
from tourism.bookings.models import Booking


def open_phone(session: Session, *, booking: Booking, now: datetime, actor: Actor) -> str:
    """The whole number of a party, for calling it; who looks leaves a trace.

    Raises PhoneMissingError where the party left none.
    """
    if not booking.phone:
        raise PhoneMissingError(reference=booking.reference)
    subject = ("booking", booking.reference)
    record(session, actor=actor, action="booking.open_phone", subject=subject, at=now)
    return booking.phone
