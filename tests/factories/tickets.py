"""A party's confirmed booking with its ticket, with workable defaults."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from tests.factories.experiences import make_experience, make_slot
from tourism.bookings.models import Booking, BookingStatus, BookingUnit
from tourism.core import base32
from tourism.experiences.models import Experience
from tourism.tickets.models import Ticket
from tourism.tickets.operations import issue_ticket


def make_ticketed_booking(
    session: Session,
    starts_at: datetime,
    *,
    quantities: tuple[int, ...] = (2, 1),
    experience: Experience | None = None,
    **values: Any,
) -> tuple[Booking, Ticket]:
    """A booking of so many of each unit of an experience, and the ticket issued for it."""
    experience = experience or make_experience(session)
    slot = make_slot(session, experience, starts_at, taken=sum(quantities))
    defaults: dict[str, Any] = {
        "reference": base32.random_code(8),
        "key": "k" * 22,
        "slot": slot,
        "party_size": sum(quantities),
        "status": BookingStatus.CONFIRMED,
        "name": "李明",
        "phone": "+8613800138000",
        "language": "zh-Hans",
        "created_at": starts_at - timedelta(days=1),
        "confirmed_at": starts_at - timedelta(days=1),
        "units": [
            BookingUnit(unit=unit, quantity=quantity)
            for unit, quantity in zip(experience.units, quantities, strict=False)
            if quantity
        ],
    }
    booking = Booking(**defaults | values)
    session.add(booking)
    session.flush()
    ticket = issue_ticket(
        session,
        booking_id=booking.id,
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        party_size=booking.party_size,
        key_id=1,
        now=booking.created_at,
    )
    return booking, ticket
